/** A variable whose name tells that its value is a secret. */
export const secretName = /PASSW(?:OR)?D|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIAL/i;
