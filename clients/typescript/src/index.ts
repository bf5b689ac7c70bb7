/**
 * A client of Hookflash: CSTA in JSON over WebSocket, with sessions that outlive their connections.
 *
 * Methods, parameters and events have the names of ECMA-323. It needs a WebSocket as browsers and Node.js 22 have it.
 */

/** Parameters and results, by the names of ECMA-323. */
export type Params = Record<string, any>;

/** Something that happened at a monitored device. */
export interface Event {
  kind: "event";
  /** As in ECMA-323: DeliveredEvent, EstablishedEvent, ... */
  name: string;
  /** Its number in the session: from 1, without gaps. */
  seq: number;
  /** Whether it happened while there was no connection. */
  replayed: boolean;
  /** Its members, as the server sent them. */
  params: Params;
}

/** Events that the server does not have any more, and how the devices are now. */
export interface Lost {
  kind: "lost";
  first: number;
  last: number;
  snapshots: Params[];
}

/** The session could not go on: another one has begun, with the same monitors. What happened in between is not known. */
export interface Restarted {
  kind: "restarted";
}

export type Message = Event | Lost | Restarted;

/** The server refuses a request; category and value are those of CSTA. */
export class Refused extends Error {
  readonly code: number;
  readonly category: string;
  readonly value: string;

  constructor(error: Params) {
    super(error.message);
    this.code = error.code;
    this.category = error.data?.category ?? "";
    this.value = error.data?.value ?? "";
  }
}

/** The connection broke before a request was answered: it is not known whether it was carried out. */
export class ConnectionLost extends Error {}

/** Milliseconds in which a connection has to be there. */
const connectWithin = 10_000;

/** How a client is made. */
export interface Options {
  /** What the application calls itself. */
  application?: string;
  user?: string;
  password?: string;
  /** Seconds in which the client says something at least once. */
  heartbeat?: number;
  /** The longest pause before another attempt to connect, in seconds. */
  longestPause?: number;
}

interface Waiting {
  resolve: (result: Params) => void;
  reject: (error: Error) => void;
}

/**
 * An application. A connection that breaks is replaced after a while (0.2 seconds, doubled with each attempt, half of it at
 * random), and the session goes on: `onMessage` gets what was missed, each event once.
 */
export class Client {
  private socket: WebSocket | undefined;
  private nextId = 0;
  private readonly waiting = new Map<number, Waiting>();
  private readonly monitored = new Map<string, string>();
  private session: string | undefined;
  private token: string | undefined;
  private last = 0;
  private stopped = false;
  /** Whether there is a session with a connection; its loss begins attempts to connect. */
  private live = false;
  private timer: ReturnType<typeof setInterval> | undefined;
  private readonly url: string;

  private constructor(url: string, private readonly options: Options, private readonly onMessage: (message: Message) => void) {
    this.url = url.replace(/^http/, "ws").replace(/\/$/, "") + "/csta";
  }

  /** Connects and starts a session. */
  static async connect(url: string, options: Options, onMessage: (message: Message) => void): Promise<Client> {
    const client = new Client(url, options, onMessage);
    await client.open();
    return client;
  }

  /** Asks for a service; rejects with Refused or ConnectionLost. */
  call(method: string, params: Params = {}): Promise<Params> {
    return new Promise((resolve, reject) => {
      if (!this.socket || this.socket.readyState !== WebSocket.OPEN) {
        reject(new ConnectionLost(method));
        return;
      }
      const id = ++this.nextId;
      this.waiting.set(id, { resolve, reject });
      this.socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    });
  }

  /** Watches a device from now on; the cross reference of its events. */
  async monitor(device: string): Promise<string> {
    const result = await this.call("MonitorStart", { monitorObject: { deviceObject: device } });
    this.monitored.set(device, result.monitorCrossRefID);
    return result.monitorCrossRefID;
  }

  /** Calls from a device, without a prompt; the connection of the calling device. */
  async makeCall(callingDevice: string, calledDirectoryNumber: string): Promise<Params> {
    const result = await this.call("MakeCall", { callingDevice, calledDirectoryNumber, autoOriginate: "doNotPrompt" });
    return result.callingDevice;
  }

  /** Answers a call. */
  async answer(connection: Params): Promise<void> {
    await this.call("AnswerCall", { callToBeAnswered: connection });
  }

  /** Ends a connection. */
  async hangUp(connection: Params): Promise<void> {
    await this.call("ClearConnection", { connectionToBeCleared: connection });
  }

  /** Stops the session and closes the connection. */
  async close(): Promise<void> {
    this.stopped = true;
    await this.call("StopApplicationSession").catch(() => undefined);
    clearInterval(this.timer);
    this.socket?.close();
  }

  private async open(): Promise<void> {
    await this.openSocket();
    const heartbeat = this.options.heartbeat ?? 30;
    const login: Params = { applicationID: this.options.application ?? "typescript", heartbeatInterval: heartbeat };
    if (this.options.user !== undefined) {
      Object.assign(login, { userName: this.options.user, password: this.options.password ?? "" });
    }
    const again = this.session !== undefined;
    if (!(again && (await this.resume(login)))) {
      this.last = 0;
      this.started(await this.call("StartApplicationSession", login));
      if (again) {
        this.onMessage({ kind: "restarted" });
        for (const device of [...this.monitored.keys()]) await this.monitor(device);
      }
    }
    this.live = true;
    clearInterval(this.timer);
    this.timer = setInterval(() => this.socket?.send('{"jsonrpc":"2.0","method":"RequestSystemStatus"}'), heartbeat * 500);
  }

  private async resume(login: Params): Promise<boolean> {
    const resume = { sessionID: this.session, token: this.token, lastSequence: this.last };
    try {
      this.started(await this.call("StartApplicationSession", { ...login, resume }));
      return true;
    } catch (error) {
      if (error instanceof Refused && error.value === "invalidSession") return false;
      throw error;
    }
  }

  private started(result: Params): void {
    this.session = result.sessionID;
    this.token = result.token;
  }

  private openSocket(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(this.url, "csta.json.v1");
      let over = false;
      // A connection that cannot be made is an error on some platforms, and not closed.
      const ended = () => {
        over = true;
        clearTimeout(patience);
        reject(new ConnectionLost(this.url));
        if (this.socket === socket) this.broken();
      };
      const patience = setTimeout(() => {
        ended();
        socket.close();
      }, connectWithin);
      socket.onopen = () => {
        if (over) return;
        clearTimeout(patience);
        this.socket = socket;
        resolve();
      };
      socket.onmessage = (message) => this.take(JSON.parse(message.data as string));
      socket.onerror = ended;
      socket.onclose = ended;
    });
  }

  private take(message: Params): void {
    const waiting = this.waiting.get(message.id);
    if (waiting && !message.method) {
      this.waiting.delete(message.id);
      if (message.error) waiting.reject(new Refused(message.error));
      else waiting.resolve(message.result);
      return;
    }
    const params: Params = message.params ?? {};
    if (message.method === "SystemStatus" && params.systemStatus === "messagesLost") {
      const gap = params.gap ?? { from: this.last + 1, to: this.last };
      this.last = Math.max(this.last, gap.to);
      this.onMessage({ kind: "lost", first: gap.from, last: gap.to, snapshots: params.snapshots ?? [] });
    } else if (params.seq > this.last) {
      this.last = params.seq;
      this.onMessage({ kind: "event", name: message.method, seq: params.seq, replayed: params.replayed ?? false, params });
    }
  }

  private broken(): void {
    this.socket = undefined;
    clearInterval(this.timer);
    for (const waiting of this.waiting.values()) waiting.reject(new ConnectionLost("the connection broke"));
    this.waiting.clear();
    const wasLive = this.live;
    this.live = false;
    if (wasLive && !this.stopped) void this.reconnect();
  }

  private async reconnect(): Promise<void> {
    const longest = (this.options.longestPause ?? 30) * 1000;
    for (let pause = 200; !this.stopped; pause = Math.min(pause * 2, longest)) {
      await new Promise((resolve) => setTimeout(resolve, pause / 2 + (Math.random() * pause) / 2));
      try {
        await this.open();
        return;
      } catch (error) {
        if (error instanceof Refused) throw error;
      }
    }
  }
}
