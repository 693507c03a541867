// @ts-check
/** @import { Corner } from "./rules.js" */
import { colour as themeColour } from "../app/appearance.js";
import { CELLS } from "./density.js";
import { channels } from "./paint.js";
import { REACH } from "./shown.js";

/** Points of the plane on a square canvas; heights grow upwards. */

/** Where a point stands on a canvas of this size. @param {number} x @param {number} y @param {number} size @returns {[number, number]} */
export function toPixel(x, y, size) {
  return [((x + REACH) / (2 * REACH)) * size, ((REACH - y) / (2 * REACH)) * size];
}

/** Which point stands there. @param {number} right @param {number} down @param {number} size @returns {Corner} */
export function toPoint(right, down, size) {
  return [(right / size) * 2 * REACH - REACH, REACH - (down / size) * 2 * REACH];
}

/** A drawing of the plane, cleared and ready; nothing where the canvas cannot be drawn on. @param {HTMLCanvasElement} canvas @param {number} side of the canvas, in its pixels */
export function plane(canvas, side) {
  if (canvas.width !== side || canvas.height !== side) Object.assign(canvas, { width: side, height: side });
  const context = canvas.getContext("2d");
  if (!context) return null;
  context.clearRect(0, 0, side, side);
  context.strokeStyle = themeColour("line");
  context.lineWidth = side / 500;
  line(context, toPixel(-REACH, 0, side), toPixel(REACH, 0, side));
  line(context, toPixel(0, -REACH, side), toPixel(0, REACH, side));
  return {
    /** Dots of one kind. @param {Float32Array} points numbers side by side @param {{ colour: string, radius: number, hollow?: boolean, square?: boolean, opacity?: number }} look in pixels of a canvas of 500 */
    dots(points, { colour, radius, hollow = false, square = false, opacity = 1 }) {
      const size = (radius * side) / 500;
      context.globalAlpha = opacity;
      context.fillStyle = context.strokeStyle = themeColour(colour);
      // In a small picture a line must still be seen.
      context.lineWidth = Math.max((1.5 * side) / 500, size / 4);
      for (let place = 0; place + 1 < points.length; place += 2) {
        const [right, down] = toPixel(points[place], points[place + 1], side);
        context.beginPath();
        if (square) context.rect(right - size, down - size, 2 * size, 2 * size);
        else context.arc(right, down, size, 0, 2 * Math.PI);
        if (hollow) context.stroke();
        else context.fill();
      }
      context.globalAlpha = 1;
    },
    /** A shade for each cell, the darkest where the density is greatest. @param {Float32Array} values from `density` @param {string} colour */
    shades(values, colour) {
      const most = values.reduce((greatest, value) => Math.max(greatest, value), 0);
      const image = new ImageData(CELLS, CELLS);
      const tone = channels(themeColour(colour));
      values.forEach((value, place) => {
        // Rows of a picture go down.
        const at = 4 * ((CELLS - 1 - Math.floor(place / CELLS)) * CELLS + (place % CELLS));
        image.data.set([...tone, 165 * Math.sqrt(value / (most || 1))], at);
      });
      const small = new OffscreenCanvas(CELLS, CELLS);
      small.getContext("2d")?.putImageData(image, 0, 0);
      context.drawImage(small, 0, 0, side, side);
    },
    /** Lines from point to point. @param {[number, number, number, number][]} pieces @param {string} colour */
    lines(pieces, colour) {
      context.strokeStyle = themeColour(colour);
      context.lineWidth = (1.6 * side) / 500;
      context.beginPath();
      for (const [fromX, fromY, toX, toY] of pieces) {
        context.moveTo(...toPixel(fromX, fromY, side));
        context.lineTo(...toPixel(toX, toY, side));
      }
      context.stroke();
    },
    /** Arrows from places, numbers side by side. @param {Float32Array} places @param {number[][]} arrows @param {string} colour */
    arrows(places, arrows, colour) {
      context.strokeStyle = themeColour(colour);
      context.lineWidth = (1.2 * side) / 500;
      arrows.forEach(([x, y], index) => {
        const [from, along] = [[places[2 * index], places[2 * index + 1]], [x / 2, y / 2]];
        const tip = toPixel(from[0] + along[0], from[1] + along[1], side);
        line(context, toPixel(from[0] - along[0], from[1] - along[1], side), tip);
        // The head: two strokes, each turned by 150° from the arrow.
        for (const turn of [2.6, -2.6]) {
          const [sin, cos] = [Math.sin(turn), Math.cos(turn)];
          const [headX, headY] = [0.5 * (along[0] * cos - along[1] * sin), 0.5 * (along[0] * sin + along[1] * cos)];
          line(context, tip, toPixel(from[0] + along[0] + headX, from[1] + along[1] + headY, side));
        }
      });
    },
    /** Lines through corners; a single corner is a dot. @param {Corner[][]} strokes @param {string} colour */
    strokes(strokes, colour) {
      context.strokeStyle = themeColour(colour);
      context.lineWidth = (2.5 * side) / 500;
      context.lineCap = context.lineJoin = "round";
      for (const stroke of strokes) {
        context.beginPath();
        context.moveTo(...toPixel(...stroke[0], side));
        for (const corner of stroke) context.lineTo(...toPixel(...corner, side));
        context.stroke();
      }
    },
    /** A region by its corners, closed or still being drawn. @param {Corner[]} corners @param {boolean} closed */
    region(corners, closed) {
      if (corners.length === 0) return;
      context.beginPath();
      corners.forEach(([x, y]) => context.lineTo(...toPixel(x, y, side)));
      if (closed) context.closePath();
      context.fillStyle = context.strokeStyle = themeColour("chosen");
      context.globalAlpha = 0.1;
      if (closed) context.fill();
      context.globalAlpha = 1;
      context.lineWidth = (2 * side) / 500;
      context.setLineDash([(8 * side) / 500, (5 * side) / 500]);
      context.stroke();
      context.setLineDash([]);
      if (closed) return;
      for (const [x, y] of corners) {
        const [right, down] = toPixel(x, y, side);
        context.fillRect(right - side / 125, down - side / 125, side / 62, side / 62);
      }
    },
  };
}

/** @param {CanvasRenderingContext2D} context @param {[number, number]} from @param {[number, number]} to */
function line(context, from, to) {
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  context.stroke();
}
