-- House styles and page breaks, which pandoc's writer leaves out of a Word document.

local STYLES = {
  ["card-number"] = "Card Number", ["card-label"] = "Card Label", lead = "Lead",
  note = "Note", source = "Source", decision = "Decision", signing = "Signing", copies = "Copies",
}

local function paragraph(plain)
  return pandoc.Para(plain.content)
end

-- a walk for each of a table's cells would take longer than to write the document
local function as_paragraphs(blocks)
  local result = pandoc.Blocks({})
  for _, block in ipairs(blocks) do
    if block.t == "Plain" then
      result:insert(paragraph(block))
    else
      result:insert(block.t == "Para" and block or block:walk({ Plain = paragraph }))
    end
  end
  return result
end

function Div(div)
  if div.classes:includes("pagebreak") then
    return pandoc.RawBlock("openxml",
      '<w:p><w:pPr><w:pStyle w:val="PageBreak"/></w:pPr><w:r><w:br w:type="page"/></w:r></w:p>')
  end
  for _, class in ipairs(div.classes) do
    if STYLES[class] then return pandoc.Div(as_paragraphs(div.content), { ["custom-style"] = STYLES[class] }) end
  end
  return div.content
end

function Figure(figure)
  local title = pandoc.Div(figure.caption.long, { ["custom-style"] = "Image Caption" })
  local picture = pandoc.Div(figure.content, { ["custom-style"] = "Captioned Figure" })
  return { title, picture }
end

local FEW_CARDS = 3 -- beyond them a long number needs smaller type

local function small_cards(tbl)
  return tbl:walk({ Div = function(div)
    if div.attributes["custom-style"] == "Card Number" then div.attributes["custom-style"] = "Card Number Small" end
    return div
  end })
end

local LONGEST_KEPT = 14 -- rows of a table that is never parted between pages

local function style_rows(rows, style, kept)
  local plain, joined = pandoc.Attr("", {}, { ["custom-style"] = style }), pandoc.Attr("", {}, { ["custom-style"] = style .. " Kept" })
  for index, row in ipairs(rows) do
    local attr = kept and index < #rows and joined or plain
    for _, cell in ipairs(row.cells) do
      if #cell.contents == 0 then cell.contents = pandoc.Blocks({ pandoc.Plain({ pandoc.Str("\u{a0}") }) }) end
      cell.contents = { pandoc.Div(as_paragraphs(cell.contents), attr) }
    end
  end
end

-- Word puts no space below a table
local gap = pandoc.RawBlock("openxml", '<w:p><w:pPr><w:pStyle w:val="TableGap"/></w:pPr></w:p>')

function Table(tbl)
  local size = tbl.attributes["data-size"]
  tbl.attributes = {}
  if tbl.classes:includes("cards") then
    if #tbl.colspecs > FEW_CARDS and tbl.classes:includes("long") then tbl = small_cards(tbl) end
    tbl.attributes["custom-style"] = "Cards"
    return { tbl, gap }
  end
  local count = 0
  for _, body in ipairs(tbl.bodies) do count = count + #body.body end
  local style = (tonumber(size) < 8.5 or tbl.classes:includes("number-trail")) and "Table Text Small" or "Table Text"
  style_rows(tbl.head.rows, style .. " Kept")
  for _, body in ipairs(tbl.bodies) do style_rows(body.body, style, count <= LONGEST_KEPT) end
  return { tbl, gap }
end
