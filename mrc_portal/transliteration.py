from library.uploads import slug_from_title
