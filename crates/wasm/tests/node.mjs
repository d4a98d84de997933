// Trains in Node, and prints the digest and the time: node node.mjs MODULES NAME TRAINING
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { digits, trainings } from "./data.mjs";
import { train } from "./training.js";

const [modules, name, training] = process.argv.slice(2);
const { initSync, Session } = await import(pathToFileURL(`${modules}/${name}.js`).href);
initSync({ module: readFileSync(`${modules}/${name}_bg.wasm`) });
console.log(JSON.stringify(train(new Session(...digits(trainings[training].images)), trainings[training])));
