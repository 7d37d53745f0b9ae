import { bind } from 'tributary';
import { shop } from '../datasources/shop.ts';

export const Query = {
  articles: bind(shop.articles, {}),
};
