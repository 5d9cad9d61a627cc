// Loaded before every command: a reader that has seen enough (`npm run plan -- ... | head`) ends it without a stack trace.

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
}
