import { createRequire as createRequireOfNode } from 'node:module';
const require = createRequireOfNode(import.meta.url);
import {
  runAction
} from "./chunks/chunk-4BXBGDAH.js";
import "./chunks/chunk-VLC6KCQC.js";
import "./chunks/chunk-OQWXPLNV.js";
import "./chunks/chunk-M4LJG6GA.js";
import "./chunks/chunk-42DBU4U5.js";
import "./chunks/chunk-7G4G62QC.js";

// src/main.ts
await runAction(import.meta.url);
