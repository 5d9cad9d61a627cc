// All that a server answers over HTTP, but for the pages.

import type { TaskDefinition } from '../../shared/tasks/task.ts';
import type { LineUp } from '../run/lineUp.ts';
import type { NextRuns } from '../run/nextRuns.ts';
import type { RunForAdmin } from '../run/runForAdmin.ts';
import type { RunForDashboard } from '../run/runForDashboard.ts';
import type { RunForDevices } from '../run/runForDevices.ts';
import { serverStatus } from '../run/serverStatus.ts';
import type { Access } from './access.ts';
import { createAdminRoutes } from './admin/adminRoutes.ts';
import { createDashboard, type Dashboard } from './dashboard/dashboardRoutes.ts';
import { JSON_TYPE } from './httpAnswers.ts';
import type { Route } from './httpHandler.ts';
import { createModelRoute } from './modelRoute.ts';
import { withoutNames } from './publicStatus.ts';
import { createSharedAnswer } from './sharedAnswer.ts';

export interface RoutesOptions<R> extends Access {
  readonly lineUp: LineUp<R>;
  /** Tasks that a run may be begun with from the dashboard. */
  readonly tasks: readonly TaskDefinition[];
  /** Where devices join, the best address first. */
  readonly joinUrls: () => readonly string[];
  /** Devices are called as they call themselves. */
  readonly allowsNames: boolean;
  /** Opens runs in the place of this one and of those side by side with it. Rejects with what stands in the way. */
  readonly begin: (run: R, wanted: NextRuns) => Promise<void>;
}

export interface Routes extends Pick<Dashboard, 'drop' | 'close'> {
  readonly routes: Readonly<Record<string, Route>>;
}

export function createRoutes<R extends RunForAdmin & RunForDashboard & RunForDevices>(
  options: RoutesOptions<R>,
): Routes {
  const { lineUp, tasks, guard, joinCode, addressOf, joinUrls, allowsNames, begin } = options;
  const dashboard = createDashboard({ lineUp, joinUrls, allowsNames, guard, joinCode, addressOf });
  const fullStatus = createSharedAnswer(JSON_TYPE, () => JSON.stringify(serverStatus(lineUp)));
  const publicStatus = allowsNames
    ? fullStatus
    : createSharedAnswer(JSON_TYPE, () => JSON.stringify(withoutNames(serverStatus(lineUp))));
  return {
    drop: dashboard.drop,
    close: dashboard.close,
    routes: {
      ...dashboard.routes,
      ...createAdminRoutes({ joinCode: joinCode.code, guard, lineUp, tasks, begin }),
      '/api/model': createModelRoute(lineUp),
      '/api/status'(request, response) {
        if (request.headers.authorization === undefined) return publicStatus(request, response);
        guard.expect(request, response, () => fullStatus(request, response));
      },
    },
  };
}
