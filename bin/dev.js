#!/usr/bin/env node
process.env.NODE_ENV = 'development';
const {main} = await import('../dist/src/cli/main.js');

await main(import.meta.url);
