import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// The server that `npm run dev` and `npm run preview` talk to.
const server = process.env['BERTH_URL'] ?? 'http://127.0.0.1:8080';

const proxy = { '/api': { target: server, ws: true } };

export default defineConfig({
  plugins: [react()],
  server: { proxy },
  preview: { proxy },
  build: {
    target: 'es2022',
    manifest: true, // scripts/size.ts reads it
    // Nothing inline: the server sends a strict Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600, // scripts/size.ts watches what counts
  },
  test: { include: ['src/**/*.test.{ts,tsx}'] },
});
