import type { NativeList } from '@lumenfall/contracts';
import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { bodyOf, Operations, OperatorGuard } from './operations.js';

type List = Promise<NativeList<{ id: string }>>;

/** The longest audit that a request waits for. */
const AUDIT_SECONDS = 60;

/** The admin API: what the command line can do, over HTTP. An organization is named by its id or its slug. */
@Controller('admin/v1')
@UseGuards(OperatorGuard)
export class AdminController {
  constructor(@Inject(Operations) private readonly operations: Operations) {}

  @Post('organizations')
  createOrganization(@Req() request: FastifyRequest): Promise<object> {
    return this.operations.change('organizations.create', request, {});
  }

  @Get('organizations')
  organizations(@Req() request: FastifyRequest): List {
    return this.operations.list('organizations.list', request);
  }

  @Get('organizations/:organization')
  organization(@Param('organization') organization: string): Promise<object> {
    return this.operations.run('organizations.show', { organization });
  }

  @Post('organizations/:organization')
  @HttpCode(200)
  setOrganization(@Req() request: FastifyRequest, @Param('organization') organization: string): Promise<object> {
    return this.operations.change('organizations.set', request, { organization });
  }

  /** The answer has the whole key, once. */
  @Post('organizations/:organization/keys')
  createKey(@Req() request: FastifyRequest, @Param('organization') organization: string): Promise<object> {
    return this.operations.change('keys.create', request, { organization });
  }

  @Get('organizations/:organization/keys')
  keys(@Req() request: FastifyRequest, @Param('organization') organization: string): List {
    return this.operations.list('keys.list', request, { organization });
  }

  /** Its limits. */
  @Post('keys/:key')
  @HttpCode(200)
  setKey(@Req() request: FastifyRequest, @Param('key') key: string): Promise<object> {
    return this.operations.run('keys.set', { ...bodyOf(request), key });
  }

  @Post('keys/:key/revoke')
  @HttpCode(200)
  revokeKey(@Param('key') key: string): Promise<object> {
    return this.operations.run('keys.revoke', { key });
  }

  /** Only of a revoked key. */
  @Delete('keys/:key')
  deleteKey(@Param('key') key: string): Promise<object> {
    return this.operations.run('keys.delete', { key });
  }

  @Post('organizations/:organization/credits')
  addCredit(@Req() request: FastifyRequest, @Param('organization') organization: string): Promise<object> {
    return this.operations.change('credits.add', request, { organization });
  }

  @Post('organizations/:organization/adjustments')
  adjust(@Req() request: FastifyRequest, @Param('organization') organization: string): Promise<object> {
    return this.operations.change('credits.adjust', request, { organization });
  }

  @Get('organizations/:organization/ledger')
  ledger(@Req() request: FastifyRequest, @Param('organization') organization: string): List {
    return this.operations.list('credits.list', request, { organization });
  }

  @Get('organizations/:organization/top_ups')
  topUps(@Req() request: FastifyRequest, @Param('organization') organization: string): List {
    return this.operations.list('top_ups.list', request, { organization });
  }

  /** Its payment was received outside of a payment provider. */
  @Post('organizations/:organization/top_ups/:topUp/complete')
  @HttpCode(200)
  completeTopUp(@Param('organization') organization: string, @Param('topUp') topUp: string): Promise<object> {
    return this.operations.run('top_ups.complete', { organization, top_up: topUp });
  }

  @Post('organizations/:organization/top_ups/:topUp/refuse')
  @HttpCode(200)
  refuseTopUp(
    @Req() request: FastifyRequest,
    @Param('organization') organization: string,
    @Param('topUp') topUp: string,
  ): Promise<object> {
    return this.operations.run('top_ups.refuse', { ...bodyOf(request), organization, top_up: topUp });
  }

  @Get('organizations/:organization/auto_top_up')
  autoTopUp(@Param('organization') organization: string): Promise<object> {
    return this.operations.run('auto_top_up.show', { organization });
  }

  @Post('organizations/:organization/auto_top_up')
  @HttpCode(200)
  setAutoTopUp(@Req() request: FastifyRequest, @Param('organization') organization: string): Promise<object> {
    return this.operations.change('auto_top_up.set', request, { organization });
  }

  /** The request report, as `lumenfall doctor --json` prints it. */
  @Get('requests/:request')
  request(@Param('request') request: string): Promise<object> {
    return this.operations.run('requests.report', { request });
  }

  /** Audits the ledger, of one organization if the body names it. The answer has the first discrepancies. */
  @Post('audits')
  @HttpCode(200)
  audit(@Req() request: FastifyRequest): Promise<object> {
    const input = request.body === undefined ? {} : bodyOf(request);
    return this.operations.run('audit', { ...input, seconds: AUDIT_SECONDS }, (AUDIT_SECONDS + 5) * 1_000);
  }

  @Get('actions')
  actions(@Req() request: FastifyRequest): List {
    return this.operations.list('actions.list', request);
  }
}
