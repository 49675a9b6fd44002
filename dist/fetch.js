import { createRequire as createRequireOfNode } from 'node:module';
const require = createRequireOfNode(import.meta.url);
import {
  runAction
} from "./chunks/chunk-RRNCG7QJ.js";
import "./chunks/chunk-EFSP4I2V.js";
import "./chunks/chunk-OQWXPLNV.js";
import "./chunks/chunk-WYVVSWKP.js";

// src/sub-actions/fetch.ts
await runAction(import.meta.url, "fetch");
