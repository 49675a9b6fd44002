/**
 * The section `codex:` of `.fractary/config.yaml` in fractary/codex, as its owner has it (Apache License 2.0,
 * https://github.com/fractary/codex), between two sections of other tools.
 */
export const FRACTARY_CONFIG = `version: '2.0'
work:
  active_handler: github
  handlers:
    github:
      owner: fractary
      repo: codex
      token: \${GITHUB_TOKEN}
codex:
  schema_version: '2.0'
  organization: fractary
  project: codex
  codex_repo: codex.fractary.com
  remotes:
    fractary/codex.fractary.com:
      token: \${GITHUB_TOKEN}
  sync:
    to_codex:
      include:
        - .fractary/codex/memory/**
        - docs/**
        - README.md
        - CLAUDE.md
      exclude:
        - '*.tmp'
    from_codex:
      include:
        - codex://fractary/codex.fractary.com/docs/**
        - codex://fractary/codex.fractary.com/.fractary/codex/memory/**
        - codex://fractary/core/docs/**
        - codex://fractary/faber/docs/**
logs:
  schema_version: '2.0'
`;

/** Everything that its documents, types and examples name, and that nothing here reads. */
export const IGNORED_SETTINGS = `schema_version: "2.0"
version: "4.0"
cacheDir: \${CODEX_CACHE_DIR:-.fractary/codex/cache}
remotes:
  partner-org/their-docs: { token: "\${PARTNER_TOKEN}" }
storage:
  - { type: github, token: "\${GITHUB_TOKEN}", branch: main, priority: 50 }
types: { custom: { api: { patterns: ["openapi/**"], defaultTtl: 60 } } }
permissions: { default: read, rules: [{ pattern: internal/**, permission: none }] }
mcp: { enabled: false, port: 3000 }
archive: { projects: { acme/widgets: { enabled: true, handler: s3 } } }
cli: { output_format: json }
directories: { source: .acme }
rules: { preventSelfSync: true }
cache:
  cacheDir: .codex-cache
  directory: .codex-cache
  maxSize: 1
  maxMemoryEntries: 100
  enablePersistence: true
  max_size_mb: 0
  auto_cleanup: true
  cleanup_interval_days: 7
  check_expiration: true
  offline_mode: false
sync:
  bidirectional: true
  conflictResolution: prompt
  rules: [{ pattern: docs/**, direction: to-codex }]
  from_codex: { exclude: [_archive/**] }
environments:
  qa: { branch: qa, description: Tests }
handlers: { sync: { active: github, options: { vector: {}, mcp: {}, github: { sparse_checkout: true, retry_attempts: 3, retry_delay: 5 } } } }
`;
