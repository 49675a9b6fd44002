const accountTypes = ['Organization', 'User', 'Bot'] as const;
export type AccountType = (typeof accountTypes)[number];

/** Who owns repositories, or asks with a user's token. */
export interface Account {
  login: string;
  type: AccountType;
}

export interface AccountStore {
  /** Makes an account, or says of a known one what it is. */
  add(account: Account): Account;
  /** The account of that name (any case); of the given type where nobody said more of it. */
  ensure(login: string, type?: AccountType): Account;
  find(login: string): Account | undefined;
  findById(id: number): Account | undefined;
}

/** Accounts by their names. */
export function accountStore(): AccountStore {
  const accounts = new Map<string, Account>();
  const find: AccountStore['find'] = (login) => accounts.get(login.toLowerCase());
  const keep = (account: Account): Account => {
    accounts.set(account.login.toLowerCase(), account);
    return account;
  };
  return {
    add: ({ login, type }) => Object.assign(find(login) ?? keep({ login, type }), { login, type }),
    ensure: (login, type = 'Organization') => find(login) ?? keep({ login, type }),
    find,
    findById: (id) => [...accounts.values()].find(({ login }) => accountId(login) === id),
  };
}

/** The number that every answer gives for a name, in any case. */
export function accountId(login: string): number {
  return [...login.toLowerCase()].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_000, 7);
}
