export { priceListStore, type NewPriceLists, type PriceListStore, type StoredPriceList } from './price-lists.js';
export { currentPrices } from './current-prices.js';
