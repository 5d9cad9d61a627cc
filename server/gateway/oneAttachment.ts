// Socket.IO's packets with at most one binary attachment: who announces more is not waited for (docs/protocol.md, "Transport").

import { Decoder, Encoder, PacketType, protocol } from 'socket.io-parser';

class OneAttachmentDecoder extends Decoder {
  constructor() {
    super({ maxAttachments: 1 });
  }
}

/** A `parser` of Socket.IO servers. */
export const oneAttachmentParser = { protocol, PacketType, Encoder, Decoder: OneAttachmentDecoder };
