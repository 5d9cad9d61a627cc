// A condition a caller branches on: data files are missing or not what they should be.

export class DataError extends Error {
  readonly code = 'data';

  constructor(message: string) {
    super(message);
    this.name = 'DataError';
  }
}
