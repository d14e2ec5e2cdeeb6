// Drive Mosaic's own coordinator: orders as lines of JSON on the input, answers on the output.
//
//   node mosaic.mjs <folder of node_modules> <socket address> <what to know, as JSON>
//
// Two boards share the server: `charts` (four clients) and `all` (those and the map). Each has a
// cross-filtered selection that a brush over days updates, as an interactor of vgplot would.
import { deepStrictEqual } from "node:assert";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [folder, uri, work] = process.argv.slice(2);
const known = JSON.parse(work);
const require = createRequire(`${folder}/`);
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const core = await load("@uwdata/mosaic-core");
const sql = await load("@uwdata/mosaic-sql");

const NAMES = ["kind", "hour", "district", "month"];
const silent = { debug() {}, log() {}, info() {}, warn: console.error, error: console.error };

/** A client that keeps what it is given, as columns. */
class Chart extends core.MosaicClient {
  constructor(selection, select, { stable = true } = {}) {
    super(selection);
    this.select = select;
    this.stable = stable;
  }
  get filterStable() {
    return this.stable;
  }
  query(filter = []) {
    return sql.Query.from("events").select(this.select, { n: sql.count() })
      .groupby(Object.keys(this.select)).where(filter);
  }
  queryResult(data) {
    this.keys = data.getChild(Object.keys(this.select)[0]).toArray();
    this.counts = data.getChild("n").toArray();
    return this;
  }
}

/** The map: counts in a grid, as the raster mark of vgplot holds them. */
class Raster extends Chart {
  queryResult(data) {
    super.queryResult(data);
    this.grid = new Int32Array(known.width * known.height);
    for (let i = 0; i < this.keys.length; ++i) this.grid[this.keys[i]] = Number(this.counts[i]);
    return this;
  }
}

function pixel() {
  const cell = (name, first) =>
    sql.int32(sql.floor(sql.sub(sql.mul(name, known.cells), first)));
  return sql.add(cell("lon", known.left), sql.mul(cell("lat", known.bottom), known.width));
}

/** Connect the clients of a board and wait for their first, unfiltered answers. */
async function makeBoard(connector, { map }) {
  const coordinator = new core.Coordinator(connector, { logger: silent });
  const selection = core.Selection.crossfilter();
  const clients = {};
  for (const name of NAMES) {
    clients[name] = new Chart(selection, { [name]: sql.column(name) });
  }
  if (map) clients.pixels = new Raster(selection, { index: pixel() }, { stable: known.stable });
  for (const client of Object.values(clients)) coordinator.connect(client);
  await Promise.all(Object.values(clients).map((client) => client.pending));
  return { coordinator, selection, clients, source: {} };
}

function brush(board, low, high) {
  const scale = { type: "linear", domain: [0, known.days - 1], range: [0, known.days - 1] };
  return core.clauseInterval(sql.column("day"), [low, high], { source: board.source, scale });
}

/** Announce a brush, as entering a brushed plot does, and wait for the pre-aggregates. */
async function activate(board, order) {
  const began = performance.now();
  board.selection.activate(brush(board, order.low, order.high));
  const { entries } = board.coordinator.preaggregator;
  await Promise.all([...entries.values()].map((info) => info?.result));
  return performance.now() - began;
}

async function step(board, order) {
  const began = performance.now();
  board.selection.update(brush(board, order.low, order.high));
  await board.selection.pending("value");
  return performance.now() - began;
}

function counts(client) {
  return Object.fromEntries(Array.from(client.keys, (key, i) => [key, Number(client.counts[i])]));
}

async function answer(order) {
  if (order.do === "activate") {
    const charts_ms = await activate(charts, order);
    return { charts_ms, ms: charts_ms + (await activate(all, order)) };
  }
  const told = { ms: await step(all, order), charts_ms: await step(charts, order) };
  for (const name of NAMES) {
    told[name] = counts(all.clients[name]);
    deepStrictEqual(counts(charts.clients[name]), told[name]);
  }
  told.pixels = Buffer.from(all.clients.pixels.grid.buffer).toString("base64");
  return told;
}

const connector = new core.SocketConnector({ uri });
const charts = await makeBoard(connector, { map: false });
const all = await makeBoard(connector, { map: true });
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
say({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
  say(await answer(JSON.parse(line)).catch((error) => ({ error: String(error?.stack ?? error) })));
}
process.exit(0);
