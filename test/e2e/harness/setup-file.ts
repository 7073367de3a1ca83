import { removeStartedHouses } from "../../harness/house/run.ts";
import { removeStartedContainers } from "./run.ts";

removeStartedContainers();
removeStartedHouses();
