CREATE TABLE "表;ソ" (id integer, "能" text DEFAULT '予定表', 申 text);
COMMENT ON TABLE "表;ソ" IS 'ソ表能; ''貼''';
COMMENT ON COLUMN "表;ソ"."能" IS '構ソ';
INSERT INTO "表;ソ" VALUES (1, 'ソ', '表'), (2, '\', 'ソ\'), (3, '能;''', E'\n\\.\n表');
CREATE FUNCTION 表() RETURNS text LANGUAGE sql AS $ソ$ SELECT 'ソ;' || E'\\表' || '十' $ソ$;
CREATE VIEW 十 AS SELECT "能", 'ソ' || E'\\;' AS ソ表 FROM "表;ソ" WHERE 申 <> '表';
