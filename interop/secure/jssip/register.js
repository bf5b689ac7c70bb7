// Registers once with JsSIP over a WebSocket, and takes the registration back.
//
//     node register.js URL NUMBER PASSWORD HOST
global.WebSocket = require('ws');
global.window = {};
const JsSIP = require('jssip');

const [url, number, password, host] = process.argv.slice(2);
const agent = new JsSIP.UA({
  sockets: [new JsSIP.WebSocketInterface(url)],
  uri: `sip:${number}@${host}`,
  password,
  session_timers: false,
});
agent.on('registered', () => { console.log('registered'); setTimeout(() => agent.stop(), 200); });
agent.on('unregistered', () => { console.log('unregistered'); process.exit(0); });
agent.on('registrationFailed', (event) => { console.log('failed', event.cause); process.exit(1); });
agent.start();
setTimeout(() => process.exit(2), 10000);
