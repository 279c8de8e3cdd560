import { readFileSync } from "node:fs";

/** What the connection file says: where the five sockets listen, and the key that signs messages. */
export interface Connection {
  readonly transport: string;
  readonly ip: string;
  readonly shell_port: number;
  readonly iopub_port: number;
  readonly stdin_port: number;
  readonly control_port: number;
  readonly hb_port: number;
  readonly key: string;
  readonly signature_scheme: string;
}

export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
}

const PORTS = ["shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"] as const;
export type Port = (typeof PORTS)[number];

/** @throws ConnectionError naming the file and the missing or wrong key */
export function readConnection(file: string): Connection {
  let connection: Record<string, unknown>;
  try {
    connection = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new ConnectionError(
      `${file}: cannot read the connection file that Jupyter passes to a kernel: ${error}`,
    );
  }
  for (const port of PORTS) {
    if (!Number.isInteger(connection[port])) {
      throw new ConnectionError(
        `${file}: "${port}" is ${JSON.stringify(connection[port])}; expected a port number`,
      );
    }
  }
  const scheme = (connection.signature_scheme as string | undefined) || "hmac-sha256";
  if (!scheme.startsWith("hmac-")) {
    throw new ConnectionError(`${file}: "signature_scheme" is "${scheme}"; expected hmac-sha256`);
  }
  return {
    ...(connection as unknown as Connection),
    transport: (connection.transport as string) || "tcp",
    ip: (connection.ip as string) || "127.0.0.1",
    key: (connection.key as string) ?? "",
    signature_scheme: scheme,
  };
}

/** The address of one socket: `tcp://ip:port`, or `ipc://ip-port`. */
export function address(connection: Connection, port: Port): string {
  const separator = connection.transport === "tcp" ? ":" : "-";
  return `${connection.transport}://${connection.ip}${separator}${connection[port]}`;
}
