//! From a specification to a network: layers built for the shapes of their inputs, in the order in which they run.

use std::collections::BTreeMap;

use toddle_lanes::Aligned;

use super::shape::{MOST_NUMBERS, MOST_VALUES};
use super::stamped::Stamped;
use crate::error::{BuildError, Misfit};
use crate::layer::{Layer, StateDecl};
use crate::network::{Network, Node, Op};
use crate::{Float, Init, LayerSpec, NetworkSpec, ParamDecl, ParamLayout, Residual, Shape};

/// How deeply residual blocks may be nested.
const MOST_DEEP: usize = 16;

/// A network that is being built.
pub(crate) struct Builder<T> {
    nodes: Vec<Node<T>>,
    /// The shape of each value: the network's input, then the output of each node.
    shapes: Vec<Shape>,
    /// The number of elements of all values together.
    values: usize,
    /// The name of the node that computes each value, for error messages.
    makers: Vec<String>,
    layout: ParamLayout,
    state_layout: ParamLayout,
    states: Vec<StateDecl>,
    init: Init,
    /// The parameters, each with its node.
    decls: Vec<(usize, ParamDecl)>,
}

impl NetworkSpec {
    /// Builds the network, in `f32` or `f64`. `seed` decides its weights.
    ///
    /// Without another [initialiser](Self::init), every parameter is drawn from the stream of `np.random.seed(seed)`
    /// as `rand(…) − 0.5`, as in the post: layer after layer, weights before biases. In `f32`, the draws are rounded.
    ///
    /// # Errors
    /// There are no layers, a layer does not fit its input, there are too many weights, the values of one sample have
    /// too many elements (2²⁴ at most), there is not enough memory for the weights, or a setting of `init` is out of
    /// its range.
    pub fn build<T: Float>(&self, seed: u32) -> Result<Network<T>, BuildError> {
        let builder = lay_out(self)?;
        let mut weights = Aligned::try_zeros(builder.layout.len()).map_err(|_| builder.too_large(self))?;
        let inits = self.init.of_nodes(&builder.nodes);
        let decls: Vec<_> = builder.decls.iter().map(|(node, decl)| (inits[*node], decl)).collect();
        Init::draw(seed, &decls, &mut weights);
        Ok(builder.finish(self, weights))
    }
}

/// Lays out the network of `spec`, without its weights and state, which need memory.
pub(crate) fn lay_out<T: Float>(spec: &NetworkSpec) -> Result<Builder<T>, BuildError> {
    let mut builder = Builder {
        nodes: Vec::new(),
        shapes: vec![spec.input],
        values: spec.input.size(),
        makers: vec!["the input".into()],
        layout: ParamLayout::default(),
        state_layout: ParamLayout::default(),
        states: Vec::new(),
        init: spec.init,
        decls: Vec::new(),
    };
    if spec.layers.is_empty() {
        return Err(BuildError {
            number: 1,
            name: "none".into(),
            after: "the input".into(),
            spec: "missing".into(),
            input: spec.input,
            misfit: Misfit::new("a network needs a layer", "add(Dense::new(10)), for example"),
        });
    }
    builder.chain("", &spec.layers, 0)?;
    Ok(builder)
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
    pub(crate) fn finish(self, spec: &NetworkSpec, weights: Aligned<T>) -> Network<T> {
        let Builder { nodes, layout, state_layout, states, .. } = self;
        let mut state = Vec::with_capacity(state_layout.len());
        for StateDecl { decl, initial } in &states {
            state.resize(state.len() + decl.size(), T::from_f64(*initial));
        }
        Network { spec: spec.clone(), nodes, layout, weights: Stamped::new(weights), state_layout, state }
    }

    /// Adds `layers` after value `from`, one after the other. Returns the last value.
    fn chain(&mut self, prefix: &str, layers: &[LayerSpec], mut from: usize) -> Result<usize, BuildError> {
        let mut counts = BTreeMap::new();
        for (l, spec) in layers.iter().enumerate() {
            let of_its_kind = counts.entry(spec.stem()).or_insert(0);
            *of_its_kind += 1;
            let name = format!("{prefix}{}{of_its_kind}", spec.stem());
            from = match spec {
                LayerSpec::Residual(residual) => self.residual(l + 1, name, spec, residual, from)?,
                _ => self.layer(l + 1, name, spec, from)?,
            };
        }
        Ok(from)
    }

    fn layer(
        &mut self,
        number: usize,
        name: String,
        spec: &LayerSpec,
        from: usize,
    ) -> Result<usize, BuildError> {
        let refuse = |misfit| self.refuse(number, &name, spec, from, misfit);
        let layer: Box<dyn Layer<T>> = spec.build(self.shapes[from]).map_err(refuse)?;
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
        Ok(self.push(name, Op::Layer(layer), vec![from], output, params, state))
    }

    /// Adds the layers of a residual block, its projection, and the sum of their outputs.
    fn residual(
        &mut self,
        number: usize,
        name: String,
        spec: &LayerSpec,
        Residual { layers, projection }: &Residual,
        from: usize,
    ) -> Result<usize, BuildError> {
        if name.matches('.').count() >= MOST_DEEP {
            let because = format!("it lies in {MOST_DEEP} other residual blocks");
            return Err(self.refuse(number, &name, spec, from, Misfit::new(because, "fewer in one another")));
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
            return Err(self.refuse(number, &name, spec, from, Misfit::new(because, remedy)));
        }
        self.has_room(made).map_err(|misfit| self.refuse(number, &name, spec, from, misfit))?;
        Ok(self.push(name, Op::Sum, vec![body, around], made, Vec::new(), Vec::new()))
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

    fn push(
        &mut self,
        name: String,
        op: Op<T>,
        inputs: Vec<usize>,
        shape: Shape,
        params: Vec<ParamDecl>,
        state: Vec<StateDecl>,
    ) -> usize {
        self.layout.push_layer(&name, &params);
        self.decls.extend(params.into_iter().map(|decl| (self.nodes.len(), decl)));
        self.state_layout.push_layer(&name, state.iter().map(|state| &state.decl));
        self.states.extend(state);
        self.makers.push(format!("`{name}`"));
        self.values += shape.size();
        self.shapes.push(shape);
        self.nodes.push(Node { name, op, inputs, shape });
        self.nodes.len()
    }

    /// The error for weights that do not fit in memory. It names the layer with the most weights.
    fn too_large(&self, spec: &NetworkSpec) -> BuildError {
        let bytes = self.layout.len().saturating_mul(size_of::<T>());
        let sizes = (0..self.nodes.len()).map(|n| self.layout.layer(n).len());
        let largest = sizes.enumerate().max_by_key(|&(_, size)| size).map_or(0, |(n, _)| n);
        let because = format!("there is no room in memory for {bytes} bytes of weights");
        BuildError {
            number: largest + 1,
            name: self.nodes[largest].name().to_string(),
            after: "what comes before it".into(),
            spec: spec.layers.get(largest).map_or_else(|| "in a block".into(), ToString::to_string),
            input: spec.input,
            misfit: Misfit::new(because, "fewer outputs or filters, or smaller images"),
        }
    }

    fn refuse(&self, number: usize, name: &str, spec: &LayerSpec, from: usize, misfit: Misfit) -> BuildError {
        BuildError {
            number,
            name: name.into(),
            after: self.makers[from].clone(),
            spec: spec.to_string(),
            input: self.shapes[from],
            misfit,
        }
    }
}
