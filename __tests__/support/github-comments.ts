import { authorOf } from './github-graphql.ts';
import { commentBody } from './github-pull-bodies.ts';
import type { CommentRecord } from './github-pull-store.ts';
import { type Answer, type Call, itemsOf, linkHeader, type Operation, refuse } from './github-routes.ts';

const longest = 65_536;

/** Why GitHub does not take a text as a comment; `undefined` when it does. */
function refusalOf(body: string): Answer | undefined {
  const problem =
    body.trim() === ''
      ? "Body can't be blank"
      : body.length > longest
        ? `Body is too long (maximum is ${longest} characters)`
        : undefined;
  const error = { resource: 'IssueComment', code: 'unprocessable', field: 'data', message: problem };
  return problem === undefined ? undefined : refuse(422, 'Validation Failed', { errors: [error] });
}

/** Number of the pull request that the path names. Issues of any other kind are not modelled. */
function issueOf({ repository, parameters }: Call): number | undefined {
  const number = Number(parameters.issue_number);
  return repository.pulls.has(number) ? number : undefined;
}

function listComments(call: Call): Answer {
  const { site, repository, query } = call;
  const issue = issueOf(call);
  if (issue === undefined) return refuse(404, 'Not Found');
  const found = repository.comments.filter((comment) => comment.issue === issue);
  const url = `${site.apiUrl}/repos/${repository.fullName}/issues/${issue}/comments`;
  const shown = itemsOf(found, query);
  const body = shown.map((comment) => commentBody(site, repository, comment));
  return { status: 200, headers: linkHeader(url, query, found.length), body };
}

function createComment(call: Call): Answer {
  const { site, repository, caller } = call;
  const issue = issueOf(call);
  if (issue === undefined) return refuse(404, 'Not Found');
  const { body } = call.body as { body: string };
  const refusal = refusalOf(body);
  if (refusal !== undefined) return refusal;
  const now = new Date();
  const comment: CommentRecord = {
    // Ids are GitHub's, not the repository's.
    id: repository.id * 100_000 + repository.comments.length + 1,
    issue,
    body,
    user: authorOf(caller),
    createdAt: now,
    updatedAt: now,
  };
  repository.comments.push(comment);
  const shown = commentBody(site, repository, comment);
  return { status: 201, headers: { Location: shown.url }, body: shown };
}

function updateComment({ site, repository, parameters, body: asked }: Call): Answer {
  const comment = repository.comments.find(({ id }) => id === Number(parameters.comment_id));
  if (comment === undefined) return refuse(404, 'Not Found');
  const { body } = asked as { body: string };
  const refusal = refusalOf(body);
  if (refusal !== undefined) return refusal;
  Object.assign(comment, { body, updatedAt: new Date() });
  return { status: 200, body: commentBody(site, repository, comment) };
}

export const commentOperations: readonly Operation[] = [
  {
    name: 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments',
    needs: 'read',
    permissions: ['issues', 'pull_requests'],
    answer: listComments,
  },
  {
    name: 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
    needs: 'write',
    permissions: ['issues', 'pull_requests'],
    answer: createComment,
  },
  {
    name: 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}',
    needs: 'write',
    permissions: ['issues', 'pull_requests'],
    answer: updateComment,
  },
];
