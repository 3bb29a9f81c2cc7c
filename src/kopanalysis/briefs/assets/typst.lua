-- The brief as Typst text in text.typ, made from a copy: what pandoc's writer leaves out, alt text and house styles, is written here.

local BLOCKS = { lead = true, note = true, source = true, decision = true, signing = true, copies = true,
  ["card-number"] = true, ["card-label"] = true }

local function quoted(text)
  return '"' .. text:gsub("\\", "\\\\"):gsub('"', '\\"') .. '"'
end

local function picture(image)
  local source = image.src:gsub("%.png$", ".svg")
  local alt = pandoc.utils.stringify(image.caption)
  return pandoc.RawInline("typst", "#picture(" .. quoted(source) .. ", " .. quoted(alt) .. ", " .. image.attributes.share .. ")")
end

-- Typst turns runs of hyphens and dots, and a hyphen before a digit or question mark, into other characters
local function plain_marks(str)
  if not (str.text:find("%-[%-?%d]") or str.text:find("%.%.%.")) then return nil end
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

local function wrapped(call, blocks)
  local result = pandoc.Blocks({ pandoc.RawBlock("typst", "#" .. call .. "[") })
  result:extend(blocks)
  result:insert(pandoc.RawBlock("typst", "]"))
  return result
end

local function block(div)
  if div.classes:includes("pagebreak") then return pandoc.RawBlock("typst", "#pagebreak(weak: true)") end
  for _, class in ipairs(div.classes) do
    if BLOCKS[class] then return wrapped(class, div.content) end
  end
  return div.content
end

local FEW_CARDS = 3 -- beyond them a long number needs smaller type

local function cards(tbl)
  local cells = pandoc.Blocks({})
  local count, long = #tbl.colspecs, tbl.classes:includes("long")
  local size = long and count > FEW_CARDS and "19pt" or long and "23pt" or "30pt"
  for _, body in ipairs(tbl.bodies) do
    for _, row in ipairs(body.body) do
      for _, cell in ipairs(row.cells) do cells:extend(wrapped("card", cell.contents)) end
    end
  end
  return wrapped("cards(" .. count .. ", " .. size .. ")", cells)
end

local LONGEST_PRINTED = 22 -- letters of a printed number that stays on one line
local AIR = { 3.5, 3, 2, 2.2 } -- letters of room beside the longest text: id, printed, name, rows

local function shares(rows)
  local widths, sum = {}, 0
  for _, row in ipairs(rows) do
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
  local rows = tbl.bodies[1].body
  for index, share in ipairs(shares(rows)) do tbl.colspecs[index][2] = share end
  tbl.attributes = { ["typst:text:size"] = "6.3pt" }
  return wrapped("trail(" .. #rows .. ")", { tbl })
end

local LONGEST_KEPT = 14 -- rows of a table that is never parted between pages

local function sized(tbl)
  local index, count = 0, 0
  for share in (tbl.attributes["pdf-shares"] or ""):gmatch("%S+") do
    index = index + 1
    tbl.colspecs[index][2] = tonumber(share) / 100
  end
  for _, body in ipairs(tbl.bodies) do count = count + #body.body end
  tbl.attributes = { ["typst:text:size"] = tbl.attributes["pdf-size"] .. "pt" }
  return count <= LONGEST_KEPT and wrapped("kept", { tbl }) or tbl
end

local function table_of(tbl)
  if tbl.classes:includes("cards") then
    tbl.attributes = {}
    return cards(tbl)
  end
  return tbl.classes:includes("number-trail") and trail(tbl) or sized(tbl)
end

function Pandoc(doc)
  local copy = doc:walk({ Image = picture, Str = plain_marks, Div = block, Table = table_of })
  local file = io.open("text.typ", "wb")
  file:write(pandoc.write(copy, "typst-smart", { wrap_text = "wrap-none" }))
  file:close()
end
