import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { ROOT } from './pages';

type Declaration = ts.InterfaceDeclaration | ts.ClassDeclaration;

/**
 * The names of the props, methods and attributes that a public interface or class of some folders declares itself, whichever file
 * it stands in.
 */
export function declarationsIn(...folders: readonly string[]): (name: string) => string[] {
  const declarations = new Map(
    folders
      .flatMap((folder) => readdirSync(path.join(ROOT, folder)).map((file) => path.join(ROOT, folder, file)))
      .filter((file) => file.endsWith('.ts'))
      .map((file) => [file, readFileSync(file, 'utf8')])
      .flatMap(([file, source]) => [...ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true).statements])
      .filter((node): node is Declaration => ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node))
      .map((node) => [node.name?.text, node] as const),
  );
  return (name) =>
    [...(declarations.get(name)?.members ?? [])].filter(isPublic).map((member) => member.name!.getText());
}

function isPublic(member: ts.ClassElement | ts.TypeElement): boolean {
  const modifiers = ts.canHaveModifiers(member) ? (ts.getModifiers(member) ?? []) : [];
  const hidden = [ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword];
  return member.name !== undefined && !modifiers.some(({ kind }) => hidden.includes(kind));
}
