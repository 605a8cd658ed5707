import { apiError } from '@lumenfall/contracts';
import type { MediaStore } from '@lumenfall/media';
import { ApiFailure, Public } from '@lumenfall/service-kit';
import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MEDIA } from '../tokens.js';
import { sendFile } from './send-file.js';

/** Generated files, without a key: the name is the secret, and it ends. Fastify answers HEAD by the same handler. */
@Controller('media')
export class MediaController {
  constructor(@Inject(MEDIA) private readonly media: MediaStore) {}

  @Public()
  @Get(':name')
  async serve(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const file = await this.media.open(name);
    if (file === null) throw new ApiFailure(apiError('NOT_FOUND', 'There is no such file, or it has expired'));
    sendFile(request, reply, file, name);
  }
}
