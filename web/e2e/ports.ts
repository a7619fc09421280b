/** A page that a session serves: its scripts, what they fetch, and a WebSocket work, and our own rights are not theirs. */
import assert from 'node:assert/strict';
import { call, step, type Walk } from './step';

const PORT = 8000;
const PAGE_TIMEOUT_MS = 30_000;

/** Serves a page with what it loads, and a WebSocket that sends back what it gets. */
const SITE = String.raw`
import base64, hashlib, http.server, json

PAGE = """<!doctype html><title>waiting</title><link rel="icon" href="data:,">
<script src="plain.js"></script><script type="module" src="deep/module.js"></script>"""
PLAIN = "window.plain = 'script';"
MODULE = """
const said = [window.plain];
const text = async (request) => (await (await request).json()).said;
said.push(await text(fetch('data')));
said.push(await text(fetch('data', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Own': '1' }, body: '{}' })));
const socket = new WebSocket(new URL('socket', location.href).href.replace(/^http/, 'ws'));
socket.onopen = () => socket.send('hello');
said.push(await new Promise((told, fail) => { socket.onmessage = (message) => told(message.data); socket.onerror = () => fail('socket'); }));
said.push(await fetch('/api/v1/me', { credentials: 'include' }).then(() => 'rights', () => 'harmless'));
let kept; try { kept = document.cookie + localStorage.length; } catch { kept = 'apart'; }
document.title = [...said, kept].join(' ');
"""

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, kind, body):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body.encode())
        self.close_connection = True

    def do_GET(self):
        name = self.path.split("?")[0]
        if name == "/socket":
            return self.echo()
        pages = {"/": ("text/html", PAGE), "/plain.js": ("text/javascript", PLAIN), "/deep/module.js": ("text/javascript", MODULE)}
        self.answer(*pages.get(name, ("application/json", json.dumps({"said": "fetched"}))))

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer("application/json", json.dumps({"said": "sent" + self.headers["X-Own"]}))

    def echo(self):
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
        self.end_headers()
        start = self.rfile.read(2)
        mask, data = self.rfile.read(4), self.rfile.read(start[1] & 127)
        self.wfile.write(bytes([start[0], len(data)]) + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))
        self.close_connection = True

    def log_message(self, *words):
        pass

server = http.server.HTTPServer(("127.0.0.1", ${PORT}), Handler)
print("ready", flush=True)
server.serve_forever()
`;

const START =
  'cat > site.py; (python3 site.py > log 2>&1 &); ' +
  'for n in $(seq 300); do grep -q ready log && exit 0; sleep 0.1; done; cat log; exit 1';

export async function openPort(walk: Walk): Promise<void> {
  const { context, language, complaints } = walk;
  const name = `serves-${language}`;
  await step('a page that a session serves works, and is a site of its own', async () => {
    await call(walk, 'POST', '/sessions', { name });
    const started = await call(walk, 'POST', `/sessions/${name}/exec`, { command: START, stdin: SITE });
    assert.equal(((await started.json()) as { exit_code: number }).exit_code, 0);
    const page = await context.newPage();
    // It asks for what is ours, and the browser tells that it may not have it.
    await complaints.expecting(/\/api\/v1\/me|CORS|ERR_FAILED|401/, async () => {
      await page.goto(`/api/v1/sessions/${name}/ports/${PORT}/?from=here`);
      const done = () => document.title !== 'waiting';
      await page.waitForFunction(done, undefined, { timeout: PAGE_TIMEOUT_MS }).catch(() => undefined);
      assert.equal(await page.title(), 'script fetched sent1 hello harmless apart');
    });
    assert.match(page.url(), /\/api\/v1\/ports\/[\w-]{43}\/\?from=here$/);
    // The address is good for what it is, and for no longer than the session.
    assert.equal((await context.request.get(page.url())).status(), 200);
    await call(walk, 'DELETE', `/sessions/${name}`);
    assert.notEqual((await context.request.get(page.url())).status(), 200);
    await page.close();
  });
}
