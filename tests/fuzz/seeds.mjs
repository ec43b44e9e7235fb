// Writes inputs for the fuzz targets from the fixtures: one call of every tool for each target,
// and a dictionary of the names and words that tools know.
//
// Usage: node seeds.mjs <fixtures> <directory>

import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const [fixtures, directory] = process.argv.slice(2);
for (const target of ['line', 'arguments', 'request']) mkdirSync(join(directory, target), { recursive: true });

const words = new Set(['"jsonrpc":"2.0"', '"id":', '"method":"tools/call"', '"params":', '\\x0a', '\\xef\\xbb\\xbf']);
const quoted = (text) => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
let count = 0;
for (const toolset of readdirSync(fixtures, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
  for (const file of readdirSync(join(fixtures, toolset.name)).filter((name) => name.endsWith('.json'))) {
    const tool = basename(file, '.json');
    const { arguments: args } = JSON.parse(readFileSync(join(fixtures, toolset.name, file), 'utf8'));
    const call = `${tool} ${JSON.stringify(args)}`;
    writeFileSync(join(directory, 'arguments', tool), call);
    writeFileSync(join(directory, 'request', tool), call);
    const params = { name: tool, arguments: args };
    const message = { jsonrpc: '2.0', id: ++count, method: 'tools/call', params };
    writeFileSync(join(directory, 'line', tool), `\0${JSON.stringify(message)}\n`);
    words.add(tool);
    for (const name of Object.keys(args)) words.add(`"${name}":`);
  }
}
const lines = [...words].map((word) => `"${word.startsWith('\\') ? word : quoted(word)}"\n`);
writeFileSync(join(directory, 'words.dict'), lines.join(''));
