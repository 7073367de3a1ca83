/** What to do about a name that the account files do not have. */
export const remedies = {
	user: "create it in the image (useradd, adduser), or use its number",
	group: "create it in the image (groupadd, addgroup), or use its number",
};
