import { curvePanelSvg } from './curve-panel.ts'
import type { Panel } from './figure.ts'
import { matrixPanelSvg } from './matrix-panel.ts'
import type { DrawnPanel, PanelBox } from './panel-parts.ts'
import { barPanelSvg, dotPanelSvg } from './row-panels.ts'

/** A panel with its heading, axes and marks; its left upper corner is at 0, 0. */
export function panelSvg(panel: Panel, box: PanelBox): DrawnPanel {
  switch (panel.kind) {
    case 'curves':
      return curvePanelSvg(panel, box)
    case 'dots':
      return dotPanelSvg(panel, box)
    case 'bars':
      return barPanelSvg(panel, box)
    case 'matrix':
      return matrixPanelSvg(panel, box)
  }
}
