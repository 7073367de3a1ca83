import { removeStartedContainers } from "./run.ts";

removeStartedContainers();
