/** The views, in the order of their tabs. A view is one line here and one file beside. */

import { chart } from "../charts/chart";
import { funnel } from "./funnel";
import { plan } from "./plan";
import { response } from "./response";
import { table } from "./table";
import { tree } from "./tree";
import type { View } from "./view";

export const views: readonly View[] = [
  table,
  chart("line", "Line"),
  chart("bar", "Bars"),
  chart("stacked-bar", "Stacked"),
  chart("heat-map", "Heat map"),
  chart("histogram", "Histogram"),
  chart("single-value", "Value"),
  funnel,
  tree,
  response,
  plan,
];
