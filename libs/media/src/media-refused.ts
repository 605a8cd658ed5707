/** The media store cannot be used as it is configured. The message is for whoever runs the service: no stack, one line. */
export class MediaRefused extends Error {
  override readonly name = 'MediaRefused';
  readonly forOperator = true;
}
