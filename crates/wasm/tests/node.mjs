// Trains in Node, and prints the digest and the time: node node.mjs MODULE TRAINING
import { readFileSync } from "node:fs";
import { Door } from "../page/door.js";
import { images, trainings } from "./data.mjs";
import { train } from "./training.js";

const [module, name] = process.argv.slice(2);
const { instance } = await WebAssembly.instantiate(readFileSync(module), {});
const door = new Door(instance);
door.ask({ ask: "instructions" });
console.log(JSON.stringify(train(door, trainings[name], images(trainings[name].samples))));
