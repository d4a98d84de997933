//! From a specification to a network: layers built for the shapes of their inputs, in the order in which they run.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use toddle_lanes::Aligned;

use super::graph::{GraphSpec, INPUT, InputSpec, OutputSpec};
use super::names::{is_allowed, listed, nearest};
use super::shape::{MOST_NUMBERS, MOST_VALUES};
use super::stamped::Stamped;
use super::{NetworkInput, NetworkOutput};
use crate::error::{BuildError, Misfit};
use crate::layer::{Layer, StateDecl};
use crate::layers::{Shared, join};
use crate::network::{Network, Node, Op};
use crate::{Float, Init, LayerSpec, ParamDecl, ParamLayout, Residual, Shape};

/// How deeply residual blocks may be nested.
const MOST_DEEP: usize = 16;

/// A network that is being built.
pub(crate) struct Builder<T> {
    inputs: Vec<NetworkInput>,
    nodes: Vec<Node<T>>,
    outputs: Vec<NetworkOutput>,
    /// The shape of each value: the network's inputs, then the output of each node.
    shapes: Vec<Shape>,
    /// The number of elements of all values together.
    values: usize,
    layout: ParamLayout,
    state_layout: ParamLayout,
    states: Vec<StateDecl>,
    init: Init,
    /// The parameters, each with its node.
    decls: Vec<(usize, ParamDecl)>,
}

impl GraphSpec {
    /// Builds the network, in `f32` or `f64`. `seed` decides its weights.
    ///
    /// Without another [initialiser](Self::init), every parameter is drawn from the stream of `np.random.seed(seed)`
    /// as `rand(…) − 0.5`, as in the post: layer after layer, weights before biases. In `f32`, the draws are rounded.
    ///
    /// # Errors
    /// There are no layers, a layer does not fit its input, a name is unknown or is there twice, nothing takes a value,
    /// there are too many weights, the values of one sample have too many elements (2²⁴ at most), there is not enough
    /// memory for the weights, or a setting of `init` is out of its range.
    pub fn build<T: Float>(&self, seed: u32) -> Result<Network<T>, BuildError> {
        T::build(self, seed)
    }

    /// [`build`](Self::build), compiled for each number type in `number.rs`.
    pub(crate) fn build_inner<T: Float>(&self, seed: u32) -> Result<Network<T>, BuildError> {
        let builder = lay_out(self)?;
        let mut weights = Aligned::try_zeros(builder.layout.len()).map_err(|_| builder.too_large(self))?;
        let inits = self.init.of_nodes(builder.inputs.len(), &builder.nodes);
        let decls: Vec<_> = builder.decls.iter().map(|(node, decl)| (inits[*node], decl)).collect();
        Init::draw(seed, &decls, &mut weights);
        Ok(builder.finish(self, weights))
    }
}

impl GraphSpec {
    /// The places of all parameters, without the memory for them: the [layout](Network::layout) of the network that
    /// [`build`](Self::build) makes.
    ///
    /// ```
    /// use toddle::{Dense, GraphSpec, NetworkSpec, Shape};
    ///
    /// let spec = GraphSpec::from(NetworkSpec::new(Shape::vector(1000)).add(Dense::new(1000)));
    /// assert_eq!(spec.layout()?.len(), 1_001_000);
    /// # Ok::<(), toddle::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// As for [`build`](Self::build), but for the memory of the weights.
    pub fn layout(&self) -> Result<ParamLayout, BuildError> {
        Ok(lay_out::<f32>(self)?.layout)
    }
}

/// Lays out the network of `spec`, without its weights and state, which need memory.
pub(crate) fn lay_out<T: Float>(spec: &GraphSpec) -> Result<Builder<T>, BuildError> {
    let mut builder = Builder {
        inputs: Vec::new(),
        nodes: Vec::new(),
        outputs: Vec::new(),
        shapes: Vec::new(),
        values: 0,
        layout: ParamLayout::default(),
        state_layout: ParamLayout::default(),
        states: Vec::new(),
        init: spec.init,
        decls: Vec::new(),
    };
    let known = builder.take_inputs(&spec.inputs)?;
    if spec.layers.is_empty() {
        return Err(BuildError {
            number: 1,
            name: "none".into(),
            what: "layer 1 `none` cannot follow the input".into(),
            spec: "missing".into(),
            gets: builder.gets(&[0]),
            misfit: Misfit::new("a network needs a layer", "add(Dense::new(10)), for example"),
        });
    }
    builder.graph(spec, known)?;
    Ok(builder)
}

/// The values that have a name of their own: inputs, and layers of the graph. Layers within a residual block have none.
type Known<'n> = BTreeMap<&'n str, usize>;

/// A layer that is being added.
struct Adding<'a> {
    /// Its place in its list, counted from 1.
    number: usize,
    name: &'a str,
    spec: &'a LayerSpec,
    /// The values that it takes.
    from: &'a [usize],
}

impl<T: Float> Builder<T> {
    /// The places of the parameters.
    pub(crate) fn layout(&self) -> &ParamLayout {
        &self.layout
    }

    /// The places of the state.
    pub(crate) fn state_layout(&self) -> &ParamLayout {
        &self.state_layout
    }

    /// The network of `spec`, with `weights`.
    pub(crate) fn finish(self, spec: &GraphSpec, weights: Aligned<T>) -> Network<T> {
        let Builder { inputs, nodes, outputs, layout, state_layout, states, .. } = self;
        let mut state = Vec::with_capacity(state_layout.len());
        for StateDecl { decl, initial } in &states {
            state.resize(state.len() + decl.size(), T::from_f64(*initial));
        }
        let (spec, weights) = (spec.clone(), Stamped::new(weights));
        Network { spec, inputs, nodes, outputs, layout, weights, state_layout, state }
    }

    /// Adds the inputs.
    fn take_inputs<'n>(&mut self, inputs: &'n [InputSpec]) -> Result<Known<'n>, BuildError> {
        let mut known = Known::new();
        let mut end = 0usize;
        for InputSpec { name, shape } in inputs {
            let refuse = |misfit| refuse_port("input", name, *shape, misfit);
            let is_twice = known.insert(name, self.shapes.len()).is_some();
            check_name(name, is_twice.then_some("another input")).map_err(refuse)?;
            if inputs.len() > 1 {
                shape.check().map_err(refuse)?;
            }
            let range = end..end.saturating_add(shape.size());
            end = range.end;
            self.inputs.push(NetworkInput { name: name.clone(), shape: *shape, range });
            self.shapes.push(*shape);
            self.values = self.values.saturating_add(shape.size());
        }
        if inputs.is_empty() {
            let misfit = Misfit::new("a network has inputs", "input(\"x\", Shape::vector(4)), say");
            return Err(refuse_port("input", "none", Shape::Vector(0), misfit));
        }
        Ok(known)
    }

    /// Adds the layers and the outputs of `spec`.
    fn graph(&mut self, spec: &GraphSpec, known: Known<'_>) -> Result<(), BuildError> {
        let names: Vec<String> = spec.names().collect();
        let mut known = known;
        let mut before = self.inputs.len() - 1;
        for (l, placed) in spec.layers.iter().enumerate() {
            let (number, name, layer) = (l + 1, &names[l][..], &placed.layer);
            let standing = [before];
            let adding = Adding { number, name, spec: layer, from: &standing };
            if placed.name.is_some() || known.contains_key(name) {
                let is_twice = known.contains_key(name).then_some("an input or another layer");
                let what = format!("layer {number} cannot be called `{name}`");
                check_name(name, is_twice).map_err(|misfit| self.refuse_as(what, &adding, misfit))?;
            }
            let find = |from: &String| {
                let misfit = || misfit_of_name(from, &known, &names[l..]);
                known.get(&from[..]).copied().ok_or_else(|| self.unknown(&adding, from, misfit()))
            };
            let taken = placed.from.iter().map(find).collect::<Result<Vec<_>, _>>()?;
            let owner = match layer {
                LayerSpec::Shared(Shared { with }) => Some(find(with)?),
                _ => None,
            };
            let from = if taken.is_empty() { &standing[..] } else { &taken };
            let adding = Adding { from, ..adding };
            before = match owner {
                Some(owner) => self.shared(&adding, owner)?,
                None => self.any(&adding)?,
            };
            known.insert(name, before);
        }
        let last = names.last().map_or("", String::as_str);
        self.take_outputs(&spec.explicit_outputs(last), &known)?;
        self.check_taken(spec)
    }

    /// Adds the outputs.
    fn take_outputs(&mut self, outputs: &[OutputSpec], known: &Known<'_>) -> Result<(), BuildError> {
        let mut end = 0;
        for OutputSpec { name, from, weight, loss } in outputs {
            let from = from.as_deref().unwrap_or_default();
            let value = known.get(from).copied();
            let shape = value.map_or(Shape::Vector(0), |value| self.shapes[value]);
            let refuse = |misfit| refuse_port("output", name, shape, misfit);
            let is_twice = self.outputs.iter().any(|other| other.name == *name);
            check_name(name, is_twice.then_some("another output")).map_err(refuse)?;
            let value = value.ok_or_else(|| refuse(misfit_of_name(from, known, &[])))?;
            if let Some(other) = self.outputs.iter().find(|other| other.value == value) {
                let because = format!("`{from}` is the output `{}` already", other.name);
                return Err(refuse(Misfit::new(because, "one output for each value")));
            }
            if !(*weight >= 0.0 && T::from_f64(*weight).is_finite()) {
                return Err(refuse(Misfit::new("its weight is no number of 0 or more", "weight = 1")));
            }
            let range = end..end + shape.size();
            end = range.end;
            let (name, weight, loss) = (name.clone(), *weight, loss.clone());
            self.outputs.push(NetworkOutput { name, shape, range, value, weight, loss });
        }
        Ok(())
    }

    /// Checks that each value is taken by a node, or is an output.
    fn check_taken(&self, spec: &GraphSpec) -> Result<(), BuildError> {
        let mut taken = vec![false; self.shapes.len()];
        let by_nodes = self.nodes.iter().flat_map(|node| node.inputs.iter().copied());
        by_nodes.chain(self.outputs.iter().map(|output| output.value)).for_each(|value| taken[value] = true);
        let Some(value) = taken.iter().position(|taken| !taken) else { return Ok(()) };
        let because = "nothing takes its value";
        let Some(n) = value.checked_sub(self.inputs.len()) else {
            let NetworkInput { name, shape, .. } = &self.inputs[value];
            let misfit = Misfit::new(because, format!("a layer with from = \"{name}\", or leaving it out"));
            return Err(refuse_port("input", name, *shape, misfit));
        };
        let name = &self.nodes[n].name;
        let l = spec.names().position(|other| other == *name).unwrap_or(0);
        let remedy = format!("from = \"{name}\" in a later layer, an output with it, or leaving it out");
        let adding = Adding { number: l + 1, name, spec: &spec.layers[l].layer, from: &self.nodes[n].inputs };
        let what = format!("layer {} `{name}` leads nowhere", l + 1);
        Err(self.refuse_as(what, &adding, Misfit::new(because, remedy)))
    }

    /// Adds a layer, a residual block or a join. Returns its value.
    fn any(&mut self, adding: &Adding<'_>) -> Result<usize, BuildError> {
        if join::is_join(adding.spec) {
            return self.join(adding);
        }
        let &[from] = adding.from else {
            let because = format!("it takes one value, and gets {}", adding.from.len());
            let misfit = Misfit::new(because, "a concat, a sum or a product before it");
            return Err(self.refuse(adding, misfit));
        };
        match adding.spec {
            LayerSpec::Residual(residual) => self.residual(adding, residual, from),
            _ => self.layer(adding, from),
        }
    }

    /// Adds `layers` after value `from`, one after the other. Returns the last value.
    fn chain(&mut self, prefix: &str, layers: &[LayerSpec], mut from: usize) -> Result<usize, BuildError> {
        let mut counts = BTreeMap::new();
        for (l, spec) in layers.iter().enumerate() {
            let of_its_kind = counts.entry(spec.stem()).or_insert(0);
            *of_its_kind += 1;
            let name = format!("{prefix}{}{of_its_kind}", spec.stem());
            from = self.any(&Adding { number: l + 1, name: &name, spec, from: &[from] })?;
        }
        Ok(from)
    }

    fn layer(&mut self, adding: &Adding<'_>, from: usize) -> Result<usize, BuildError> {
        let refuse = |misfit| self.refuse(adding, misfit);
        let layer: Box<dyn Layer<T>> = adding.spec.build(self.shapes[from]).map_err(refuse)?;
        let output = layer.output();
        output.check().map_err(refuse)?;
        let params = layer.params();
        if !params.is_empty() {
            self.init.check().map_err(refuse)?;
        }
        let size: usize = params.iter().map(|param| param.size()).sum();
        if self.layout.len() + size > MOST_NUMBERS {
            let because = "with it the network has more weights than toddle can hold";
            return Err(refuse(Misfit::new(because, "smaller layers")));
        }
        self.has_room(output).map_err(refuse)?;
        let state = layer.state();
        self.layout.push_layer(adding.name, &params);
        self.decls.extend(params.into_iter().map(|decl| (self.nodes.len(), decl)));
        self.state_layout.push_layer(adding.name, state.iter().map(|state| &state.decl));
        self.states.extend(state);
        Ok(self.push(adding, Op::Layer(layer), vec![from], output, self.nodes.len()))
    }

    /// Adds the layer of the value `owner` once more.
    fn shared(&mut self, adding: &Adding<'_>, owner: usize) -> Result<usize, BuildError> {
        let refuse = |misfit| self.refuse(adding, misfit);
        let &[from] = adding.from else {
            return Err(refuse(Misfit::new("it takes one value", "a shared layer for each value")));
        };
        let other = owner.checked_sub(self.inputs.len()).map(|n| &self.nodes[n]);
        let Some((other, Op::Layer(layer))) = other.map(|node| (node, &node.op)) else {
            let because = format!("{} is no single layer, whose weights could be shared", self.maker(owner));
            return Err(refuse(Misfit::new(because, "the name of a layer with weights")));
        };
        let again: Box<dyn Layer<T>> = layer.spec().build(self.shapes[from]).map_err(refuse)?;
        if again.params() != layer.params() || again.state() != layer.state() {
            let because = format!("for this input, `{}` has weights of other shapes", other.name);
            return Err(refuse(Misfit::new(because, "an input of the shape that the other layer gets")));
        }
        let (owner, output) = (other.owner, again.output());
        output.check().map_err(refuse)?;
        self.has_room(output).map_err(refuse)?;
        self.layout.share_layer(owner);
        self.state_layout.share_layer(owner);
        Ok(self.push(adding, Op::Layer(again), vec![from], output, owner))
    }

    /// Adds a concatenation, a sum or a product.
    fn join(&mut self, adding: &Adding<'_>) -> Result<usize, BuildError> {
        let refuse = |misfit| self.refuse(adding, misfit);
        let shapes: Vec<Shape> = adding.from.iter().map(|&value| self.shapes[value]).collect();
        let shape = join::shape(adding.spec, &shapes).map_err(refuse)?;
        shape.check().map_err(refuse)?;
        self.has_room(shape).map_err(refuse)?;
        let op = match adding.spec {
            LayerSpec::Concat => Op::Concat,
            LayerSpec::Product => Op::Product,
            _ => Op::Sum,
        };
        Ok(self.push_bare(adding, op, adding.from.into(), shape))
    }

    /// Adds the layers of a residual block, its projection, and the sum of their outputs.
    fn residual(
        &mut self,
        adding: &Adding<'_>,
        Residual { layers, projection }: &Residual,
        from: usize,
    ) -> Result<usize, BuildError> {
        let name = adding.name;
        if name.matches('.').count() >= MOST_DEEP {
            let because = format!("it lies in {MOST_DEEP} other residual blocks");
            return Err(self.refuse(adding, Misfit::new(because, "fewer in one another")));
        }
        let body = self.chain(&format!("{name}."), layers, from)?;
        let around = self.chain(&format!("{name}.projection."), projection, from)?;
        let (made, passed) = (self.shapes[body], self.shapes[around]);
        if made != passed {
            let because = format!("its layers make {made} of that, and the way around them {passed}");
            let remedy = match (made, projection.is_empty()) {
                (Shape::Image { channels, .. }, true) => {
                    format!(
                        "projection = conv2d {{ filters = {channels}, kernel = 1 }}, with the layers' stride"
                    )
                }
                (Shape::Vector(outputs), true) => format!("projection = dense {{ outputs = {outputs} }}"),
                _ => "layers and projection that end in one shape".into(),
            };
            return Err(self.refuse(adding, Misfit::new(because, remedy)));
        }
        self.has_room(made).map_err(|misfit| self.refuse(adding, misfit))?;
        Ok(self.push_bare(adding, Op::Sum, vec![body, around], made))
    }

    /// Checks that the values of one sample are not too large with another value of shape `next`.
    fn has_room(&self, next: Shape) -> Result<(), Misfit> {
        if self.values.saturating_add(next.size()) <= MOST_VALUES {
            return Ok(());
        }
        let because =
            format!("with it a sample is more than {MOST_VALUES} numbers on its way through the layers");
        Err(Misfit::new(because, "a smaller input, a stride, or fewer layers"))
    }

    /// Adds a node without parameters and state.
    fn push_bare(&mut self, adding: &Adding<'_>, op: Op<T>, inputs: Vec<usize>, shape: Shape) -> usize {
        self.layout.push_layer(adding.name, []);
        self.state_layout.push_layer(adding.name, []);
        self.push(adding, op, inputs, shape, self.nodes.len())
    }

    /// Adds a node. Returns its value.
    fn push(
        &mut self,
        adding: &Adding<'_>,
        op: Op<T>,
        inputs: Vec<usize>,
        shape: Shape,
        owner: usize,
    ) -> usize {
        let name = adding.name.to_string();
        self.values += shape.size();
        self.shapes.push(shape);
        self.nodes.push(Node { name, op, inputs, shape, owner });
        self.shapes.len() - 1
    }

    /// The error for weights that do not fit in memory. It names the layer with the most weights.
    fn too_large(&self, spec: &GraphSpec) -> BuildError {
        let bytes = self.layout.len().saturating_mul(size_of::<T>());
        let sizes = (0..self.nodes.len()).map(|n| self.layout.layer(n).len());
        let largest = sizes.enumerate().max_by_key(|&(_, size)| size).map_or(0, |(n, _)| n);
        let because = format!("there is no room in memory for {bytes} bytes of weights");
        let name = self.nodes[largest].name();
        BuildError {
            number: largest + 1,
            name: name.to_string(),
            what: format!("layer {} `{name}` cannot follow what comes before it", largest + 1),
            spec: spec
                .layers
                .get(largest)
                .map_or_else(|| "in a block".into(), |placed| placed.layer.to_string()),
            gets: self.gets(&self.nodes[largest].inputs),
            misfit: Misfit::new(because, "fewer outputs or filters, or smaller images"),
        }
    }

    /// What makes a value, in words.
    fn maker(&self, value: usize) -> String {
        match self.inputs.get(value) {
            None => format!("`{}`", self.nodes[value - self.inputs.len()].name),
            Some(input) if input.name == INPUT => "the input".into(),
            Some(input) => format!("the input `{}`", input.name),
        }
    }

    /// The shapes of `values`, in words.
    fn gets(&self, values: &[usize]) -> String {
        match *values {
            [] => "nothing".into(),
            [only] => described(self.shapes[only]),
            _ => {
                let shapes: Vec<String> =
                    values.iter().map(|&value| self.shapes[value].to_string()).collect();
                format!("{}  ({})", shapes.join(" and "), self.shapes[values[0]].legend())
            }
        }
    }

    fn refuse(&self, adding: &Adding<'_>, misfit: Misfit) -> BuildError {
        let makers: Vec<String> = adding.from.iter().map(|&value| self.maker(value)).collect();
        let what =
            format!("layer {} `{}` cannot follow {}", adding.number, adding.name, makers.join(" and "));
        self.refuse_as(what, adding, misfit)
    }

    /// The error for a name `from` that is unknown.
    fn unknown(&self, adding: &Adding<'_>, from: &str, misfit: Misfit) -> BuildError {
        let what = format!("layer {} `{}` cannot follow `{from}`", adding.number, adding.name);
        self.refuse_as(what, &Adding { from: &[], ..*adding }, misfit)
    }

    fn refuse_as(&self, what: String, adding: &Adding<'_>, misfit: Misfit) -> BuildError {
        let Adding { number, name, spec, from } = *adding;
        BuildError { number, name: name.into(), what, spec: spec.to_string(), gets: self.gets(from), misfit }
    }
}

/// The error for an input or an output.
fn refuse_port(port: &str, name: &str, shape: Shape, misfit: Misfit) -> BuildError {
    let what = format!("the {port} `{name}` cannot be");
    let gets = if shape == Shape::Vector(0) { "nothing".into() } else { described(shape) };
    BuildError { number: 0, name: name.into(), what, spec: format!("an {port} of the network"), gets, misfit }
}

fn described(shape: Shape) -> String {
    format!("{shape}  ({})", shape.legend())
}

/// Checks that a name is allowed, and that nothing else has it.
fn check_name(name: &str, twice: Option<&str>) -> Result<(), Misfit> {
    if let Some(other) = twice {
        return Err(Misfit::new(format!("{other} is called `{name}`, too"), "another name"));
    }
    if !is_allowed(name) {
        let because = "names have letters, digits, _ and -, and are not `optimizer`, `average` or `best`";
        return Err(Misfit::new(because, "another name"));
    }
    Ok(())
}

/// Why the name `from` cannot be taken: it is of a later layer, or nothing has it.
fn misfit_of_name(from: &str, known: &Known<'_>, later: &[String]) -> Misfit {
    let before = || known.keys().copied();
    if later.iter().any(|name| name == from) {
        let because = format!("`{from}` does not stand before it, and a network has no cycles");
        return Misfit::new(because, format!("one of {}, or `{from}` moved before it", few(before())));
    }
    let because = format!("nothing before it is called `{from}`, only {}", few(before()));
    let remedy = nearest(from, before()).map_or("one of these".into(), |name| format!("`{name}`"));
    Misfit::new(because, remedy)
}

/// A list of at most eight names.
fn few<'n>(names: impl Iterator<Item = &'n str>) -> String {
    const MOST: usize = 8;
    let names: Vec<&str> = names.collect();
    match names.len().checked_sub(MOST) {
        Some(more @ 1..) => {
            format!("{} and {more} more", listed(names[..MOST].iter().copied()).replace(" and ", ", "))
        }
        _ => listed(names),
    }
}
