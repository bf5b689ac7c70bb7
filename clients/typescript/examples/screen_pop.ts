// Shows who calls: node dist/examples/screen_pop.js http://localhost:8080 202 [user password]
import { Client } from "../src/index.js";

declare const process: { argv: string[] };

const [url, device, user, password] = process.argv.slice(2);
const client = await Client.connect(url, { application: "screen-pop", user, password }, (message) => {
  if (message.kind === "event" && message.name === "DeliveredEvent" && message.params.connection.deviceID === device) {
    console.log(`${message.params.callingDevice} calls ${device}`);
  }
});
await client.monitor(device);
