-- What pandoc's writers leave out: alt text and house styles in Typst, styles and page breaks in Word.

local typst = FORMAT == "typst"
local STYLES = {
  ["card-number"] = "Card Number", ["card-label"] = "Card Label", lead = "Lead",
  note = "Note", source = "Source", decision = "Decision", signing = "Signing", copies = "Copies",
}

local function quoted(text)
  return '"' .. text:gsub("\\", "\\\\"):gsub('"', '\\"') .. '"'
end

function Image(image)
  if not typst then return nil end
  local alt = pandoc.utils.stringify(image.caption)
  local width = image.attributes.width
  return pandoc.RawInline("typst", "#picture(" .. quoted(image.src) .. ", " .. quoted(alt) .. ", " .. width .. ")")
end

-- Typst turns runs of hyphens and dots, and a hyphen before a digit or question mark, into other characters
function Str(str)
  if not typst or not (str.text:find("%-[%-?%d]") or str.text:find("%.%.%.")) then return nil end
  local parts = pandoc.Inlines({})
  local rest = str.text
  while rest ~= "" do
    local plain, mark = rest:match("^([^%-.]*)([%-.]?)")
    if plain ~= "" then parts:insert(pandoc.Str(plain)) end
    if mark ~= "" then parts:insert(pandoc.RawInline("typst", "\\" .. mark)) end
    rest = rest:sub(#plain + #mark + 1)
  end
  return parts
end

local function wrapped(name, blocks)
  local result = pandoc.Blocks({ pandoc.RawBlock("typst", "#" .. name .. "[") })
  result:extend(blocks)
  result:insert(pandoc.RawBlock("typst", "]"))
  return result
end

local function as_paragraphs(blocks)
  return blocks:walk({ Plain = function(plain) return pandoc.Para(plain.content) end })
end

function Div(div)
  if div.classes:includes("pagebreak") then
    if typst then return pandoc.RawBlock("typst", "#pagebreak(weak: true)") end
    return pandoc.RawBlock("openxml",
      '<w:p><w:pPr><w:pStyle w:val="PageBreak"/></w:pPr><w:r><w:br w:type="page"/></w:r></w:p>')
  end
  for _, class in ipairs(div.classes) do
    if STYLES[class] then
      if typst then return wrapped(class, div.content) end
      return pandoc.Div(as_paragraphs(div.content), { ["custom-style"] = STYLES[class] })
    end
  end
  return div.content
end

function Figure(figure)
  if typst then return nil end
  local title = pandoc.Div(figure.caption.long, { ["custom-style"] = "Image Caption" })
  local picture = pandoc.Div(figure.content, { ["custom-style"] = "Captioned Figure" })
  return { title, picture }
end

local FEW_CARDS = 3 -- beyond them a long number needs smaller type

local function crowded(tbl)
  return #tbl.colspecs > FEW_CARDS and tbl.classes:includes("long")
end

local function small_cards(tbl)
  return tbl:walk({ Div = function(div)
    if div.attributes["custom-style"] == "Card Number" then div.attributes["custom-style"] = "Card Number Small" end
    return div
  end })
end

local function cards(tbl)
  local cells = pandoc.Blocks({})
  local count = #tbl.colspecs
  local size = crowded(tbl) and "19pt" or tbl.classes:includes("long") and "23pt" or "30pt"
  for _, body in ipairs(tbl.bodies) do
    for _, row in ipairs(body.body) do
      for _, cell in ipairs(row.cells) do cells:extend(wrapped("card", cell.contents)) end
    end
  end
  local result = pandoc.Blocks({ pandoc.RawBlock("typst", "#cards(" .. count .. ", " .. size .. ")[") })
  result:extend(cells)
  result:insert(pandoc.RawBlock("typst", "]"))
  return result
end

local LONGEST_KEPT = 14 -- rows of a table that is never parted between pages

local function style_rows(rows, style, kept)
  for index, row in ipairs(rows) do
    local name = style .. (kept and index < #rows and " Kept" or "")
    for _, cell in ipairs(row.cells) do
      if #cell.contents == 0 then cell.contents = pandoc.Blocks({ pandoc.Plain({ pandoc.Str("\u{a0}") }) }) end
      cell.contents = { pandoc.Div(as_paragraphs(cell.contents), { ["custom-style"] = name }) }
    end
  end
end

-- Word puts no space below a table
local gap = pandoc.RawBlock("openxml", '<w:p><w:pPr><w:pStyle w:val="TableGap"/></w:pPr></w:p>')

local LONGEST_PRINTED = 22 -- letters of a printed number that stays on one line
local AIR = { 3.5, 3, 2, 2.2 } -- letters of room beside the longest text: id, printed, name, rows

local function shares(tbl)
  local widths, sum = {}, 0
  for _, row in ipairs(tbl.bodies[1].body) do
    for index, cell in ipairs(row.cells) do
      local letters = utf8.len(pandoc.utils.stringify(cell.contents))
      if index == 2 then letters = math.min(letters, LONGEST_PRINTED) end
      widths[index] = math.max(widths[index] or 5, letters)
    end
  end
  for index, letters in ipairs(widths) do
    widths[index] = letters + AIR[index]
    sum = sum + widths[index]
  end
  for index, width in ipairs(widths) do widths[index] = width / sum end
  return widths
end

-- the number trail: small type, on paper in two columns, each as wide as its texts; the public edition has no rows
local function trail(tbl)
  for index, share in ipairs(shares(tbl)) do tbl.colspecs[index][2] = share end
  tbl.attributes["typst:text:size"] = "6.3pt"
  return wrapped("trail", { tbl })
end

function Table(tbl)
  local size = tbl.attributes["data-size"]
  tbl.attributes = {}
  if tbl.classes:includes("cards") then
    if typst then return cards(tbl) end
    if crowded(tbl) then tbl = small_cards(tbl) end
    tbl.attributes["custom-style"] = "Cards"
    return { tbl, gap }
  end
  if typst and tbl.classes:includes("number-trail") then return trail(tbl) end
  local count = 0
  for _, body in ipairs(tbl.bodies) do count = count + #body.body end
  local kept = count <= LONGEST_KEPT
  if typst then
    tbl.attributes["typst:text:size"] = size .. "pt"
    return kept and wrapped("kept", { tbl }) or tbl
  end
  local style = (tonumber(size) < 8.5 or tbl.classes:includes("number-trail")) and "Table Text Small" or "Table Text"
  style_rows(tbl.head.rows, style .. " Kept")
  for _, body in ipairs(tbl.bodies) do style_rows(body.body, style, kept) end
  return { tbl, gap }
end
