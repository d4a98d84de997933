// The types of PROTOCOL.md, for the checker of types and for editors. This file has no code.

/**
 * An array on its way: its shape and the bits of its elements in Base64.
 * @typedef {{ shape: number[], f32?: string, f64?: string, u8?: string }} Encoded
 *
 * @typedef {{ what: string, expected: string, got: string, try: string, place: { line?: number, layer?: number } | null }} Mistake
 *
 * @typedef {{ kind: string, [setting: string]: unknown }} Settings
 * @typedef {string | Settings} LayerSettings
 * @typedef {{ set: string, noise: number, count: number, features: string[], seed: number }} PointSettings
 *
 * @typedef {{ half: string, index: number }} SampleInput
 * @typedef {SampleInput | { values: Encoded } | { drawn: Encoded } | { picture: string }} Input
 */

/**
 * @typedef {object} Open
 * @property {string} name
 * @property {"run" | "experiment" | "toml" | "points" | "layers"} from
 * @property {string} precision
 * @property {number} seed
 * @property {number[]} input
 * @property {number[]} output
 * @property {string[]} classes
 * @property {"pictures" | "points" | "numbers"} kind
 * @property {PointSettings | null} points
 * @property {Record<string, number | null> | null} halves
 * @property {string} loss
 * @property {Settings} optimizer
 * @property {number} rate
 * @property {number} batch
 * @property {number} epochs
 * @property {boolean} trains
 * @property {string} toml
 */

/**
 * @typedef {{ version: string, revision: number, experiments: { name: string, about: string }[], runs: string[], optimizers: string[],
 *   open: Open | null }} Hello
 *
 * @typedef {{ name: string, shape: number[], count: number, place: number }} Parameter
 * @typedef {{ size: number[], stride: number[], all: boolean }} Field
 * @typedef {{ name: string, kind: string, layer: Settings | null, text: string, from: string[], shape: number[], meaning: string,
 *   formula: string, parameters: Parameter[], multiply_adds: number, bytes: number, field: Field | null }} NetworkNode
 * @typedef {{ parameters: number, inputs: { name: string, shape: number[] }[],
 *   outputs: { name: string, from: string, loss: string, weight: number }[], nodes: NetworkNode[] }} Network
 *
 * @typedef {{ half: string, index: number, of: number, label: number | null, caption: string, picture: Encoded | null, values: Encoded,
 *   target: Encoded }} Sample
 * @typedef {{ class: number, name: string, probability: number, probabilities: number[] }} Said
 * @typedef {{ name: string, value: Encoded, least: number, most: number }} TracedValue
 * @typedef {{ input: Encoded, picture: Encoded | null, done: string[], values: TracedValue[], output: Encoded, said: Said | null,
 *   truth: number | null }} Trace
 */

/**
 * @typedef {object} Term one summand of an element
 * @property {string} value
 * @property {number} index
 * @property {number[]} place
 * @property {number[] | null} tap
 * @property {number} x
 * @property {string | null} parameter
 * @property {number | null} weight
 * @property {number | null} w
 * @property {number | null} product
 * @property {number | null} sum
 * @property {number | null} to_x
 * @property {number | null} to_w
 * @property {number | null} gradient_x
 * @property {number | null} gradient_w
 */

/**
 * @typedef {{ what: string, value: number }} NamedNumber
 * @typedef {{ by: string, start: { what: string, parameter: string, index: number, value: number } | null, terms: Term[], skipped: number,
 *   factor: number | null, chosen: number | null, steps: NamedNumber[] }} Forward
 * @typedef {{ index: number, place: number[], dy: number, factor: number | null, product: number | null, sum: number | null }} BackTerm
 * @typedef {{ node: string, kind: string, share: number, terms: BackTerm[], order: string }} Share
 * @typedef {{ parameter: string, index: number, before: number, gradient: number, rate: number, optimizer: string,
 *   slots: { name: string, before: number, after: number }[], after: number, note: string }} WeightStep
 * @typedef {{ loss: string, loss_value: number, target: number[], output: number[], output_gradient: number[], gradient: number, from: Share[],
 *   step: WeightStep | null }} Backward
 * @typedef {{ node: string, kind: string, index: number, place: number[], shape: number[], value: number, forward: Forward, formula: string,
 *   derivation: string[], backward: Backward | null }} ElementAnswer
 */

/**
 * @typedef {{ epoch: number, step: number, loss: number, accuracy: number | null, validation_loss: number | null,
 *   validation_accuracy: number | null }} EpochLine
 * @typedef {{ revision: number, moment: number, state: "none" | "new" | "running" | "paused" | "done" | "failed", epoch: number, epochs: number,
 *   step: number, steps_per_epoch: number, seen: number, samples: number, rate: number, loss: number | null, accuracy: number | null,
 *   step_loss: number | null, curves: { places: number[], losses: number[], epochs: EpochLine[] }, weights_sha256: string | null,
 *   error: string | null }} News
 *
 * @typedef {{ half: string, classes: string[], rows: number[][], samples: number, accuracy: number, precision: (number | null)[],
 *   recall: (number | null)[] }} Confusion
 * @typedef {{ index: number, caption: string, truth: number | null, said: number | null, probability: number | null, loss: number,
 *   picture: Encoded | null }} JudgedSample
 * @typedef {{ half: string, of: number, samples: JudgedSample[] }} Samples
 *
 * @typedef {{ least: number, most: number, counts: number[], mean: number, deviation: number }} Histogram
 * @typedef {{ node: string, kind: string, level: "wrong" | "doubtful", text: string, try: string }} Alarm
 * @typedef {{ samples: number, nodes: { name: string, kind: string, weights: Histogram | null, values: Histogram | null,
 *   gradients: Histogram | null }[], alarms: Alarm[] }} Histograms
 *
 * @typedef {{ columns: number, rows: number, values: Encoded, of: string }} Boundary
 * @typedef {{ train: Encoded, train_labels: number[], validation: Encoded, validation_labels: number[] }} Points
 * @typedef {{ name: string, epoch: number, epochs: number, losses: number[], accuracies: number[], validation: number[],
 *   parameters: number }} Side
 * @typedef {{ state: string, sides: Side[] }} Duel
 *
 * @typedef {{ revision: number, kept: string[], lost: string[] }} Changed
 * @typedef {{ network: Network, layers: LayerSettings[], toml: string }} Built
 * @typedef {{ key: string, meaning: string, type: string, default: unknown, required: boolean, example: unknown, choices: string[] }} Setting
 * @typedef {{ kind: string, meaning: string, formula: string, settings: Setting[] }} Kind
 * @typedef {{ kinds: Kind[] }} Kinds
 */

/**
 * @typedef {{ by: string, class: number, score: number, baseline: number | null, sum: number | null, parts: Encoded }} WhyAnswer
 * @typedef {{ node: string, unit: number, units: number, before: number, after: number, values: Encoded }} Excited
 * @typedef {{ layer: string, half: string, of: number, samples: (JudgedSample & { distance: number })[] }} Nearest
 * @typedef {{ layer: string, half: string, points: Encoded, indices: number[], labels: number[], said: number[], shares: number[],
 *   here: [number, number] | null }} Plane
 * @typedef {{ found: boolean, size: number | null, was: number, is: number | null, picture: Encoded | null, changed: Encoded | null,
 *   change: Encoded | null }} Nudged
 */

/**
 * @typedef {{ frame: number, step: number, epoch: number, loss: number | null, accuracy: number | null }} Moment
 * @typedef {{ name: string, classes: string[], frames: Moment[], samples: { caption: string, picture: Encoded | null }[] }} Film
 * @typedef {{ frame: number, filters: { name: string, values: Encoded }[], maps: { sample: number, node: string, value: Encoded }[],
 *   said: number[], confusion: number[][] | null, histograms: { name: string, weights: Histogram }[] }} Frame
 */

export {};
