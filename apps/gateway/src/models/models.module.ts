import type { ProviderAvailability } from '@lumenfall/catalog';
import type { Client } from '@lumenfall/database';
import { currentPrices } from '@lumenfall/prices';
import type { ProviderEndpoint } from '@lumenfall/providers';
import { CONFIGURATION, LOG, type Logger } from '@lumenfall/service-kit';
import { Module } from '@nestjs/common';
import { providerEndpoints, type GatewayConfiguration } from '../configuration.js';
import { AVAILABLE_PROVIDERS, CATALOG, DATABASE, PROVIDER_ENDPOINTS } from '../tokens.js';
import { ImportedPrices } from './imported-prices.js';
import { LiveCatalog } from './live-catalog.js';
import { ModelsController } from './models.controller.js';
import { OpenRouterList } from './openrouter-list.js';

@Module({
  controllers: [ModelsController],
  providers: [
    {
      provide: LiveCatalog,
      inject: [CONFIGURATION, LOG],
      useFactory: ({ CATALOG_DIR }: GatewayConfiguration, log: Logger) => new LiveCatalog(CATALOG_DIR ?? null, log),
    },
    { provide: CATALOG, useExisting: LiveCatalog },
    {
      provide: ImportedPrices,
      inject: [DATABASE, LiveCatalog, LOG],
      useFactory: (client: Client, catalog: LiveCatalog, log: Logger) =>
        new ImportedPrices(() => currentPrices(client), catalog, log),
    },
    { provide: PROVIDER_ENDPOINTS, inject: [CONFIGURATION], useFactory: providerEndpoints },
    {
      provide: AVAILABLE_PROVIDERS,
      inject: [PROVIDER_ENDPOINTS],
      useFactory: (endpoints: ProviderEndpoint[]): ProviderAvailability[] =>
        endpoints.map(({ provider, sandbox }) => ({ provider, sandbox })),
    },
    OpenRouterList,
  ],
  exports: [ImportedPrices, CATALOG, PROVIDER_ENDPOINTS, AVAILABLE_PROVIDERS],
})
export class ModelsModule {}
