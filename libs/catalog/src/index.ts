export { catalogFolders, loadCatalog } from './load-catalog.js';
export { changesBetween, type CatalogChanges } from './load-catalog.js';
export { withListedModels, type ListedModel } from './listed-models.js';
export { parseCatalog, type Catalog } from './parse-catalog.js';
export { CatalogError, type ModelFile } from './yaml-file.js';
export { parsePriceFile, type PricedOffering } from './price-file.js';
export { priceOf } from './price-version.js';
export { offeringKeyOf, withPrices, type PriceOverrides } from './with-prices.js';
export type { ModelEntry, OfferingEntry } from './model-entry.js';
export type { PlanningContext, ProviderAvailability } from './route.js';
export { findModel } from './find-model.js';
export { planChat } from './plan-chat.js';
export { planImage, planImageEdit, refuseImageEdit, type PlannedImage } from './plan-image.js';
export type { RequestImages } from './image-request.js';
export { planVideo } from './plan-video.js';
export { findModelAnswer, findModelSchema, listModels } from './present-model.js';
export type { JsonSchema } from './core-parameters.js';
export { modelSchemaOf, type ModelSchema } from './model-schema.js';
export { checkBody } from './check-body.js';
export { countTokens } from './count-tokens.js';
export {
  nearestNumber,
  nearestRatio,
  nearestSize,
  nearestTier,
  readPixels,
  readShape,
  readTier,
  type Shape,
} from './shape.js';
export { readParameterTable, type ParameterTable } from './parameter-table.js';
export { compressesNatively, formatsNatively, upstreamParameters } from './upstream-parameters.js';
export { imageMade, videoMade } from './as-measured.js';
export { pixelSize } from './pixel-size.js';
export type { ReportedUsage } from './price-rules.js';
