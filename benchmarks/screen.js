// When the page was last changed: what is drawn on a canvas, written into the page, or animated.
(() => {
  let changed = false, last = 0;
  const touch = () => { changed = true; };
  for (const name of ["fill", "stroke", "fillRect", "strokeRect", "clearRect", "fillText", "strokeText", "drawImage", "putImageData"]) {
    const draw = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...given) {
      touch();
      return draw.apply(this, given);
    };
  }
  const observer = new MutationObserver(touch);
  const watch = (root) => observer.observe(root, { attributes: true, characterData: true, childList: true, subtree: true });
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (...given) {
    const root = attach.apply(this, given);
    watch(root);
    return root;
  };
  watch(document);

  // A frame is on the screen when the task after it begins: messages are delivered after painting.
  const channel = new MessageChannel();
  channel.port1.onmessage = () => { last = performance.now(); };
  const frame = () => {
    if (changed || document.getAnimations().length) channel.port2.postMessage(null);
    changed = false;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);

  let released = 0, usable = 0;
  addEventListener("mouseup", (event) => { released = event.timeStamp; }, { capture: true });

  const sources = () => Bokeh.documents.flatMap((one) => [...one._all_models.values()])
    .filter((model) => model.type === "ColumnDataSource");
  const image = () => sources().map(({ data }) => (data.get ? data.get("image") : data.image)).find((one) => one && one.length)?.[0];
  const look = () => {
    const isDrawn = window.Bokeh && Bokeh.documents.length && Bokeh.documents.every((one) => one.is_idle) && image();
    if (isDrawn) usable = performance.now();
    else requestAnimationFrame(look);
  };
  look();

  window.screenTimes = {
    image,
    // Where the trend lies in the window: its first and its last point, its middle (pixels).
    trend: () => {
      const view = [...Bokeh.index.query(({ model }) => model.type === "Figure" && model.below.some(({ type }) => type === "DatetimeAxis"))][0];
      const [{ data }] = sources().filter(({ data }) => (data.get ? data.get("period") : data.period));
      const periods = data.get ? data.get("period") : data.period;
      const { left, top } = view.canvas_view.el.getBoundingClientRect();
      const [first, final] = [periods[0], periods[periods.length - 1]].map((at) => left + view.frame.x_scale.compute(at));
      return [first, final, top + view.frame.bbox.vcenter];
    },
    // Milliseconds from the start of the navigation: the first text or picture, every view drawn.
    loaded: () => usable && {
      painted: performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
      usable,
    },
    // Milliseconds from the release of the mouse to the last changed frame, once nothing has
    // changed for a while; undefined until then, or if the map's layer is the one of before.
    answered: (before, quiet) => {
      const isQuiet = performance.now() - last > quiet && image() !== before;
      return isQuiet ? last - released : undefined;
    },
  };
})();
