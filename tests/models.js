// What the tests read of a page: Bokeh's models by their cell, places of data, every visible word.
window.board = {
  root(cell) {
    const place = document.querySelector(`${cell} [data-root-id]`);
    for (const one of Bokeh.documents) {
      const root = one.get_model_by_id(place.dataset.rootId);
      if (root) return root;
    }
  },

  figure(cell) {
    return [...this.root(cell).references()].find((model) => model.type === "Figure");
  },

  // The columns of the source of a cell's figure that has them all; numbers that are none are null.
  columns(cell, names) {
    return this.sources(this.figure(cell).references(), names)[0] ?? null;
  },

  // The columns of every source on the page that has them all, whatever cell it is in.
  everywhere(names) {
    const documents = window.Bokeh ? Bokeh.documents : [];
    return documents.flatMap((one) => this.sources(one._all_models.values(), names));
  },

  sources(models, names) {
    const plain = (value) => (Number.isNaN(value) ? null : value);
    return [...models]
      .filter((model) => model.type === "ColumnDataSource")
      .map(({ data }) => this.plain(data))
      .filter((data) => names.every((name) => name in data))
      .map((data) => Object.fromEntries(names.map((name) => [name, Array.from(data[name], plain)])));
  },

  // The layer of a cell's map: its sides (km), its rows and columns, its colours row by row.
  layer(cell) {
    const names = ["image", "x", "y", "dw", "dh"];
    const [{data}] = [...this.figure(cell).references()].filter((model) => {
      return model.type === "ColumnDataSource" && names.every((name) => name in this.plain(model.data));
    });
    const [[image], ...sides] = names.map((name) => this.plain(data)[name]);
    return {sides: sides.map(([side]) => side), shape: image.shape, colours: Array.from(image)};
  },

  plain(data) {
    return data instanceof Map ? Object.fromEntries(data) : data;
  },

  // Pixels in the window of a point of a figure's data.
  spot(cell, x, y) {
    const view = Bokeh.index.find_one(this.figure(cell));
    const corner = view.canvas_view.el.getBoundingClientRect();
    return [corner.left + view.frame.x_scale.compute(x), corner.top + view.frame.y_scale.compute(y)];
  },

  ranges(cell) {
    const { x_range: x, y_range: y } = this.figure(cell);
    return [x.start, x.end, y.start, y.end];
  },

  // Everything under a node, through shadow roots.
  *nodes(node = document.body) {
    yield node;
    for (const child of node.shadowRoot ? node.shadowRoot.childNodes : []) yield* this.nodes(child);
    for (const child of node.childNodes) yield* this.nodes(child);
  },

  isShown(element) {
    return element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
  },

  // Words a reader sees under a node.
  texts(node) {
    return [...this.nodes(node)]
      .filter((text) => {
        const holder = text.parentElement || text.getRootNode().host;
        const isText = text.nodeType === Node.TEXT_NODE && !["STYLE", "SCRIPT"].includes(holder.tagName);
        return isText && this.isShown(holder);
      })
      .map((text) => text.data.trim())
      .filter(Boolean);
  },

  // Words a reader sees, or is read to, on the whole page: texts, titles, labels, figures.
  words() {
    const words = this.texts();
    for (const node of this.nodes()) {
      if (node.nodeType !== Node.ELEMENT_NODE || !this.isShown(node)) continue;
      for (const name of ["title", "aria-label", "alt"]) words.push(node.getAttribute(name) || "");
    }
    for (const model of Bokeh.documents.flatMap((one) => [...one._all_models.values()])) {
      if (model.type === "LinearAxis" || model.type === "DatetimeAxis") words.push(model.axis_label || "");
      if (model.type === "FactorRange") words.push(...model.factors);
    }
    return words.map((word) => word.trim()).filter(Boolean);
  },

  // Width and height of everything that is pressed, by its words.
  targets() {
    const kinds = ["A", "BUTTON", "SELECT", "INPUT"];
    return [...this.nodes()]
      .filter((node) => kinds.includes(node.tagName) && this.isShown(node))
      .map((node) => {
        const { width, height } = node.getBoundingClientRect();
        return [node.textContent.trim() || node.id, width, height];
      });
  },
};
