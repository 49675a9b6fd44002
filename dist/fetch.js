import { createRequire as createRequireOfNode } from 'node:module';
const require = createRequireOfNode(import.meta.url);
import {
  runAction
} from "./chunks/chunk-JDHFL22V.js";
import "./chunks/chunk-3DOWVVBW.js";
import "./chunks/chunk-OQWXPLNV.js";
import "./chunks/chunk-WYVVSWKP.js";

// src/sub-actions/fetch.ts
await runAction(import.meta.url, "fetch");
