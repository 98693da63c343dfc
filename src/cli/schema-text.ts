import type {ViewSchema} from '../query/schema.js';
import {alignLeft} from './columns.js';

/** Every view with its columns, one a line. */
export function schemaLines(views: readonly ViewSchema[]): string[] {
  return views.flatMap(({view, meaning, columns}, index) => [
    ...(index === 0 ? [] : ['']),
    `${view}: ${meaning}`,
    ...alignLeft(columns.map((column) => [`  ${column.name}`, column.type, withoutName(column)])),
  ]);
}

function withoutName({name, comment}: {name: string; comment: string}): string {
  return comment.startsWith(`${name}: `) ? comment.slice(name.length + 2) : comment;
}
