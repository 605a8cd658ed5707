import { apiError } from '@lumenfall/contracts';
import type { MediaStore } from '@lumenfall/media';
import { ApiFailure, Public } from '@lumenfall/service-kit';
import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MEDIA } from '../tokens.js';
import { sendFile } from './send-file.js';

/** Serves stored files without an API key: their names are unguessable and expire. Fastify routes HEAD here too. */
@Controller('media')
export class MediaController {
  constructor(@Inject(MEDIA) private readonly media: MediaStore) {}

  @Public()
  @Get(':name')
  async serve(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const file = await this.media.open(name);
    if (file === null) throw new ApiFailure(apiError('NOT_FOUND', 'The file does not exist or has expired'));
    sendFile(request, reply, file, name);
  }
}
