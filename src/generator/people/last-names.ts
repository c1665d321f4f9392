/** Last names of the same mixture as the first names; the earlier ones are the commoner ones. */
export const lastNames: readonly string[] = `
Smith Johnson Nguyen Garcia Anderson Williams Brown Lee Miller Jones Davis Martinez Hernandez Wilson Kim Rodriguez Lopez
Thompson Nelson Taylor Moore Thomas Martin Jackson White Gonzalez Clark Harris Lewis Olson Peterson Hansen Larson Young
King Hall Wright Scott Perez Sanchez Adams Baker Hill Allen Green Ramirez Torres Campbell Mitchell Roberts Carter
Phillips Evans Turner Parker Collins Edwards Stewart Morris Murphy Cook Rogers Reed Bailey Cooper Richardson Cox Ward
Peterson-Hale Flores Gray James Watson Brooks Kelly Sanders Price Bennett Wood Barnes Ross Henderson Coleman Jenkins
Perry Powell Long Patterson Hughes Washington Butler Simmons Foster Bryant Alexander Russell Griffin Hayes Myers Ford
Hamilton Graham Sullivan Wallace Woods Cole West Jordan Owens Reynolds Fisher Ellis Harrison Gibson McDonald Cruz
Marshall Ortiz Gomez Murray Freeman Wells Webb Simpson Stevens Tucker Porter Hunter Hicks Crawford Henry Boyd Mason
Morales Kennedy Warren Dixon Ramos Reyes Burns Gordon Shaw Holmes Rice Robertson Hunt Black Daniels Palmer Mills Nichols
Grant Knight Ferguson Rose Stone Hawkins Dunn Perkins Hudson Spencer Gardner Stephens Payne Pierce Berry Matthews Arnold
Wagner Willis Ray Watkins Carroll Duncan Snyder Hart Cunningham Bradley Lane Andrews Ruiz Harper Fox Riley Armstrong
Carpenter Weaver Greene Lawrence Elliott Chavez Sims Austin Peters Kelley Franklin Lawson Fields Gutierrez Ryan Schmidt
Carr Vasquez Castillo Wheeler Chapman Oliver Montgomery Richards Williamson Johnston Banks Meyer Bishop McCoy Howell
Alvarez Morrison Fernandez Garza Harvey Little Burton Stanley George Jacobs Reid Fuller Lynch Dean Gilbert Garrett
Romero Welch Mendoza Castro Vargas Rios Delgado Guerrero Medina Aguilar Vega Salazar Contreras Estrada Sandoval Cervantes
Orozco Zamora Ibarra Maldonado Villanueva Escobar Barajas Valdez Ochoa Pacheco Tran Pham Huynh Hoang Phan Vu Dang Bui Do
Ngo Duong Ly Truong Dinh Doan Wang Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Guo Lin He Gao Luo Zheng Wong
Chan Leung Cheung Lau Park Choi Jung Kang Cho Yoon Jang Lim Han Shin Seo Kwon Hwang Song Ahn Yamamoto Tanaka Suzuki Sato
Nakamura Kobayashi Watanabe Ito Takahashi Yoshida Hayashi Mori Inoue Kimura Shimizu Fujita Okada Hasegawa Singh Patel
Sharma Kumar Gupta Reddy Shah Rao Nair Iyer Mehta Joshi Verma Gill Sidhu Dhillon Sandhu Grewal Brar Kaur Das Banerjee
Chatterjee Desai Kulkarni Menon Pillai Shevchenko Kovalenko Bondarenko Tkachenko Kravchenko Oliynyk Melnyk Polishchuk
Lysenko Savchenko Ivanov Petrov Volkov Sokolov Popov Morozov Novak Kowalski Nowak Hassan Ali Mohamed Abdi Warsame Farah
Jama Omar Osman Hussein Ibrahim Aden Yusuf Nur Tesfaye Gebre Haile Bekele Tadesse Abebe Mengistu Alemu Desta Kebede
Santos Bautista Ocampo Mercado Aquino Dela-Cruz Pascual Villegas Tolentino Manalo Pangilinan Salonga Dizon Lualhati
Tuilagi Faleafa Tupou Fonoti Leota Seumalo Kahale Kealoha Kekoa Akana Nakai Kamiakin Yallup Sohappy Whitefoot George-Paul
Lindqvist Svensson Berg Lund Haugen Dahl Strand Nygaard Halvorsen Eriksen Jorgensen Christensen Rasmussen Sorensen
Knudsen Iverson Swenson Gustafson Carlson Ericson Sandberg Holm Bergstrom Nordstrom Engstrom Lindgren Thorsen Ostrom
Schneider Weber Becker Hoffman Koch Bauer Richter Klein Wolf Schroeder Zimmerman Krueger Hartmann Lange Vogel Keller
Vandenberg De-Vries Janssen Visser Mulder Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco
O'Brien O'Connor O'Neill McCarthy McLaughlin McKenzie MacDonald Callahan Gallagher Donovan Quinn Sheehan Kavanagh Brennan
Duffy Flanagan Maguire Costello Fitzgerald Whitaker Ashford Holloway Kingsley Langley Merritt Pemberton Thackeray
Winslow Yates Abernathy Blackwood Calloway Dempsey Eastman Fairchild Goodwin Hathaway Ingram Jennings Kirkpatrick Lockwood
Mayfield Norwood Oakley Prescott Quigley Radcliffe Sheffield Tillman Underwood Vaughn Whitfield Yarborough
`
  .trim()
  .split(/\s+/)
  .map((name) => name.replace('Dela-Cruz', 'Dela Cruz').replace('De-Vries', 'De Vries'));
