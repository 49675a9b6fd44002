import { createRequire as createRequireOfNode } from 'node:module';
const require = createRequireOfNode(import.meta.url);
import {
  runAction
} from "./chunks/chunk-REZMDJOK.js";
import "./chunks/chunk-ESPAN3BR.js";
import "./chunks/chunk-OQWXPLNV.js";
import "./chunks/chunk-WYVVSWKP.js";

// src/sub-actions/organization.ts
await runAction(import.meta.url, "organization");
