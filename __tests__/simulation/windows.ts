// Preloaded, it makes node say that it runs on Windows: paths have `\\`, drives and their rules.
import { registerHooks } from 'node:module';

Object.defineProperty(process, 'platform', { value: 'win32' });
registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier === 'node:path' || specifier === 'path' ? 'node:path/win32' : specifier, context),
});
