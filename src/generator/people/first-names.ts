/**
 * First names as heard in Washington State: families of English, Latin American, Scandinavian, Filipino, Vietnamese,
 * Chinese, Korean, Japanese, Indian, Ukrainian, Somali, Ethiopian, Samoan and Native origin among others. The earlier
 * ones are the commoner ones. ASCII alone, because e-mail addresses are made of them.
 */
export const firstNames: readonly string[] = `
Emma Olivia Liam Noah James Sophia Michael Maria David Jennifer John Sarah Daniel Emily Robert Jessica William Ashley
Matthew Elizabeth Christopher Amanda Joshua Michelle Andrew Lisa Joseph Kimberly Ryan Amy Kevin Nicole Brian Stephanie
Jason Rachel Jose Angela Eric Laura Anthony Melissa Thomas Rebecca Richard Heather Steven Megan Mark Karen Benjamin Anna
Nathan Samantha Jacob Susan Tyler Linda Alexander Patricia Juan Mary Carlos Christina Charles Katherine Timothy Julie
Scott Lauren Luis Hannah Nicholas Barbara Jeffrey Victoria Aaron Kelly Zachary Erin Paul Grace Adam Natalie Jonathan
Alexis Patrick Teresa Jesus Cynthia Samuel Danielle Kyle Sandra Justin Vanessa Sean Diana Brandon Allison Gregory Ana
Kenneth Brittany Peter Crystal Jeremy Monica Ethan Andrea Miguel Denise Stephen Jasmine Travis Tiffany Dustin Alicia Ian
Kathleen Cody Veronica Jordan Paula Lucas Holly Derek Shannon Austin Wendy Dylan Leah Evan Tracy Logan Madison Gabriel
Abigail Isaac Chloe Owen Ella Henry Zoe Jack Lily Caleb Audrey Connor Claire Mason Evelyn Wyatt Hazel Levi Violet Elijah
Aria Theodore Nora Oliver Eleanor Hudson Ruby Felix Ivy Jasper Piper August Maya Milo Willow Ezra Stella Silas Luna Finn
Freya Soren Astrid Lars Ingrid Erik Signe Anders Solveig Nils Karin Bjorn Greta Gunnar Liv Leif Annika Magnus Elsa
Alejandro Guadalupe Javier Rosa Fernando Carmen Ricardo Lucia Eduardo Gabriela Sergio Daniela Rafael Mariana Jorge
Adriana Francisco Valentina Roberto Camila Oscar Ximena Raul Beatriz Hector Esperanza Diego Marisol Mateo Paloma Emilio
Isabel Andres Elena Arturo Pilar Joaquin Ines Ruben Leticia Manuel Xochitl Minh Linh Anh Thuy Hung Mai Tuan Lan Duc Hoa
Khoa Trang Long Phuong Quang Ngoc Thanh Huong Bao Vy Huy Thao Wei Mei Jun Ying Hao Xin Ming Li Chen Jing Bo Fang Tao Yan
Lei Hui Jian Na Kai Lin Min-jun Ji-woo Seo-yeon Ji-hoon Soo-jin Hyun-woo Eun-ji Sung-min Hana Yuna Kenji Yuki Hiroshi
Sakura Takeshi Naomi Haruto Aiko Satoshi Emiko Daichi Keiko Ryo Midori Priya Arjun Anjali Rahul Deepika Vikram Sunita
Raj Kavita Amit Pooja Sanjay Meera Rohan Neha Suresh Lakshmi Aditya Divya Karthik Shreya Nikhil Ananya Gurpreet Simran
Harjit Jaspreet Manpreet Ravinder Oleksandr Olena Andriy Oksana Dmytro Natalia Serhiy Iryna Viktor Svitlana Bohdan
Kateryna Ivan Tatiana Mikhail Ekaterina Yuri Ludmila Pavel Galina Abdi Fatima Hassan Amina Mohamed Hodan Ahmed Khadija
Omar Zahra Ali Halima Yusuf Ayaan Ibrahim Sahra Ismail Layla Samira Tariq Nadia Karim Dawit Selam Yonas Meron Tesfaye
Hiwot Bereket Tigist Abebe Rahel Solomon Bethlehem Angelo Marisa Ramon Luzviminda Rodrigo Marites Benigno Corazon
Jericho Analyn Tala Malaya Sione Mele Tavita Sina Fetu Lani Keoni Leilani Malia Kalani Makoa Noelani Chayton Winona
Takoda Aiyana Dakota Cheyenne Sequoia River Rowan Sage Juniper Cedar Aspen Rainier Skye Marlowe Quinn Avery Riley Parker
Emerson Finley Reese Harper Kendall Sawyer Elliot Phoenix Tobias Vivian Leon Iris Malcolm Daphne Clyde Opal Franklin
Harriet Walter Mabel Arthur Edith Harold Beatrice Stanley Florence Ernest Agnes Curtis Geraldine Leonard Norma Russell
Marjorie Dale Lois Glenn Janet Roger Bonnie Wayne Gloria Dennis Cheryl Gerald Judith Bruce Rita Keith Peggy Darnell
Latoya Terrence Keisha Marcus Imani Andre Aaliyah Jamal Ebony Malik Tamika Isaiah Nia Xavier Zuri
`
  .trim()
  .split(/\s+/);
