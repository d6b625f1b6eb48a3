/** The panels of the side bar, from top to bottom. A panel is one line here and one file beside. */

import { history } from "./history";
import type { Panel } from "./panel";
import { saved } from "./saved";
import { schema } from "./schema";

export const panels: readonly Panel[] = [schema, saved, history];
